import type { FastifyInstance } from 'fastify';
import { ProtocolError } from './protocol-error.js';

interface Path {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** A path that exists for other methods is not unknown: the response is 405 with the allowed methods. OPTIONS lists them. */
export function rejectOtherMethods(server: FastifyInstance): void {
  const paths = new Map<string, Path>();
  server.addHook('onRoute', ({ url, method }) => {
    if (url === everyPath) return;
    const path = paths.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const each of [method].flat()) path.methods.add(each);
    paths.set(url, path);
  });
  server.addHook('onRequest', (request, reply, done) => {
    if (!request.is404 && request.routeOptions.url !== everyPath) return done();
    const url = request.url.split('?', 1)[0] ?? '';
    const methods = [...paths.values()].flatMap((path) => (path.pattern.test(url) ? [...path.methods] : []));
    if (methods.length === 0) return request.is404 ? done() : reply.callNotFound();
    void reply.header('allow', [...new Set([...methods, 'OPTIONS'])].toSorted().join(', '));
    if (request.method === 'OPTIONS') return void reply.code(204).send();
    done(
      new ProtocolError(405, `method ${request.method} is not allowed for ${url}; allowed: ${[...new Set(methods)].toSorted().join(', ')}`),
    );
  });
}

/** The route of the CORS plugin, for OPTIONS. */
const everyPath = '*';

/** `/orders/:orderId/cancel` as find-my-way matches it, with or without a trailing slash. */
const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:[^/]+/g, '[^/]+')}/?$`);
