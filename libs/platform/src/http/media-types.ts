import type { FastifyInstance } from 'fastify';

const charset = /^(application\/(?:[\w.]+\+)?json); charset=utf-8$/i;

/** JSON is UTF-8 and has no charset parameter (RFC 8259); clients of the book's application compare the whole header. */
export function answerJsonWithoutCharset(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    const [, mediaType] = charset.exec(String(reply.getHeader('content-type'))) ?? [];
    if (mediaType) void reply.header('content-type', mediaType);
    done(null, payload);
  });
}
