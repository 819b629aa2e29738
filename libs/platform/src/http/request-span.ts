import { failSpan, insideSpan, type Span, SpanKind, startSpan, type TraceParent } from '@ftgo/messaging/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';

const spans = new WeakMap<object, Span>();

/** Probes arrive every second and are not worth tracing. */
const probe = /^\/(health|metrics|actuator)\b/;

export const isProbe = (url: string): boolean => probe.test(url);

/** The span of a request, named by the semantic conventions for HTTP servers. */
export function startRequestSpan(request: FastifyRequest, parent: TraceParent): Span | undefined {
  if (isProbe(request.url)) return undefined;
  const { method, url, protocol } = request;
  const route = request.routeOptions?.url;
  const span = startSpan(route === undefined ? method : `${method} ${route}`, parent, () => ({
    kind: SpanKind.SERVER,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.path': url.split('?', 1)[0],
      'url.scheme': protocol,
      'server.address': request.hostname,
      'server.port': request.port ?? undefined,
    },
  }));
  if (span) spans.set(request.raw, span);
  return span;
}

/** Runs the rest of a request with its span active. */
export function insideRequestSpan(request: FastifyRequest, work: () => void): void {
  const span = spans.get(request.raw);
  if (span) insideSpan(span, work);
  else work();
}

/** A client error is not an error of the server. */
export function endRequestSpan(request: FastifyRequest, reply: FastifyReply): void {
  const span = spans.get(request.raw);
  if (!span) return;
  span.setAttribute('http.response.status_code', reply.statusCode);
  if (reply.statusCode >= 500) failSpan(span, String(reply.statusCode));
  span.end();
}
