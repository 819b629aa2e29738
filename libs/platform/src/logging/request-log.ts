import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Observe } from '../http/parser-errors.js';
import { problemCodeOf } from '../http/problem.filter.js';
import { contextOf } from '../http/request-context.js';
import { endRequestSpan, isProbe } from '../http/request-span.js';
import type { Metrics } from '../metrics/metrics.js';

/** Writes one log line and one observation per request, and ends its span. */
export function observeRequests(server: FastifyInstance, log: Logger, metrics: () => Metrics): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics().requestServed({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
    log[levelOf(request, reply)](fieldsOf(request, reply, route), 'request handled');
    endRequestSpan(request, reply);
    done();
  });
}

/** The same for a request that never reached Fastify. */
export const observeParserErrors =
  (log: Logger, metrics: () => Metrics): Observe =>
  ({ status, code, instance, traceId, detail }) => {
    metrics().requestServed({ method: '_OTHER', route: 'none', status, seconds: 0 });
    log.info({ route: 'none', path: instance, status, outcome: code, traceId, reason: detail }, 'request handled');
  };

function levelOf(request: FastifyRequest, reply: FastifyReply): 'debug' | 'info' | 'warn' {
  if (isProbe(request.url)) return 'debug';
  return reply.statusCode >= 500 ? 'warn' : 'info';
}

const fieldsOf = (request: FastifyRequest, reply: FastifyReply, route: string) => ({
  method: request.method,
  route,
  path: request.url.split('?', 1)[0],
  status: reply.statusCode,
  outcome: reply.statusCode < 400 ? 'ok' : (problemCodeOf(request) ?? 'error'),
  durationMs: Math.round(reply.elapsedTime * 10) / 10,
  requestId: contextOf(request).causationId,
});
