import type { FastifyInstance } from 'fastify';

/** The largest body that a service reads. */
export const bodyLimitBytes = 1024 * 1024;

/** JSON is the only media type; a request that names it and has no body is as one without. */
export function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null);
    else void parse(request, body as string, done);
  });
}
