import { once } from 'node:events';
import type { FastifyInstance, RequestPayload } from 'fastify';
import { jsonTextOf } from './json-text.js';
import { ProtocolError } from './protocol-error.js';

/** The largest body that a service reads. */
export const bodyLimitBytes = 1024 * 1024;

/**
 * JSON is the only media type. The media type of a request without a body is ignored, because Java's HttpURLConnection labels
 * an empty body as a form. A body is empty if it has no bytes: a proxy may forward an empty body in chunks, without a length.
 */
export function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addHook('preParsing', async (request, _reply, payload) => {
    const { headers } = request;
    const isEmpty = headers['transfer-encoding'] === undefined ? headers['content-length'] === '0' : await isEmptyBody(payload);
    if (!isEmpty) return;
    delete headers['content-type'];
    delete headers['transfer-encoding'];
  });
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null);
    try {
      void parse(request, jsonTextOf(body as Buffer, request.headers), done);
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Waits for the first byte of a body, leaving it to be read, or for the end of the body. */
async function isEmptyBody(payload: RequestPayload): Promise<boolean> {
  if (payload.readableLength === 0 && !payload.readableEnded) await once(payload, 'readable').catch(rejectTruncated);
  if (payload.readableLength > 0) return false;
  payload.resume();
  return true;
}

function rejectTruncated(): never {
  throw new ProtocolError(400, 'the connection was closed before the end of the body');
}
