import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ProtocolError } from './protocol-error.js';

/** Refuses what Node's parser lets pass although no part of the service could read it as it was meant. */
export function refuseMalformed(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => done(faultOf(request.raw)));
}

/** RFC 3986: everything else comes percent-encoded. */
const printableAscii = /^[\x21-\x7e]*$/;

function faultOf({ url = '', headers, httpVersion }: IncomingMessage): ProtocolError | undefined {
  if (!httpVersion.startsWith('1.')) return new ProtocolError(505, 'HTTP/1.1 is the only version');
  // RFC 9112, section 3.2. Node would answer this itself, without a body.
  if (headers.host === undefined && httpVersion === '1.1') return new ProtocolError(400, 'the Host header is missing');
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'chunked') return unsupported(encoding);
  if (!printableAscii.test(url)) return new ProtocolError(400, 'the URL is not ASCII: percent-encode other characters as UTF-8');
  if (!isUtf8PercentEncoded(url)) return new ProtocolError(400, 'the URL is invalid: its percent-encoded bytes must be UTF-8');
  return undefined;
}

/** RFC 9112, section 6: without chunks as the last encoding nobody knows where the body ends. */
function unsupported(encoding: string): ProtocolError {
  const status = /(?:^|,)\s*chunked\s*$/i.test(encoding) ? 501 : 400;
  return new ProtocolError(status, `unsupported transfer-encoding '${encoding}': send the body as it is or in chunks`);
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
