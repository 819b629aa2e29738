import type { FastifyInstance } from 'fastify';

/** The largest body that a service reads. */
export const bodyLimitBytes = 1024 * 1024;

/**
 * JSON is the only media type. Without a body a request is as one that names none, whatever it names: HttpURLConnection of Java
 * calls nothing a form.
 */
export function acceptOnlyJson(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-length'] === '0') delete request.headers['content-type'];
    done();
  });
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null);
    else void parse(request, body as string, done);
  });
}
