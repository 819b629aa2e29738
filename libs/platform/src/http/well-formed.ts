import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ProtocolError } from './protocol-error.js';

/** Rejects requests that Node's parser accepts although no part of the service could read them as intended. */
export function rejectMalformed(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => done(faultOf(request.raw)));
}

/** RFC 3986: all other characters must be percent-encoded. */
const printableAscii = /^[\x21-\x7e]*$/;

function faultOf({ url = '', headers, httpVersion }: IncomingMessage): ProtocolError | undefined {
  if (!httpVersion.startsWith('1.')) return new ProtocolError(505, 'unsupported HTTP version; use HTTP/1.1');
  // RFC 9112, section 3.2. Node would respond by itself, without a body.
  if (headers.host === undefined && httpVersion === '1.1') return new ProtocolError(400, 'missing Host header');
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'chunked') return unsupported(encoding);
  if (!printableAscii.test(url)) return new ProtocolError(400, 'the URL is not ASCII; percent-encode other characters as UTF-8');
  if (!isUtf8PercentEncoded(url)) return new ProtocolError(400, 'invalid URL: its percent-encoded bytes must be UTF-8');
  return undefined;
}

/** RFC 9112, section 6: unless chunked is the last encoding, the end of the body is undefined. */
function unsupported(encoding: string): ProtocolError {
  const status = /(?:^|,)\s*chunked\s*$/i.test(encoding) ? 501 : 400;
  return new ProtocolError(status, `unsupported transfer-encoding '${encoding}'; send the body unencoded or chunked`);
}

function isUtf8PercentEncoded(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}
