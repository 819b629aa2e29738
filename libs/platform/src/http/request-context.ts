import { randomBytes, randomUUID } from 'node:crypto';
import { type MessageContext, messageContext } from '@ftgo/messaging';
import { carriedTrace, type Span, spanContextOf, traceparentOf } from '@ftgo/messaging/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { idempotencyKey } from '../idempotency/idempotency-key.js';
import { idempotencyKeyHeader, readIdempotencyKey } from './idempotency-header.js';
import { insideRequestSpan, startRequestSpan } from './request-span.js';

export interface RequestContext extends MessageContext {
  readonly traceId: string;
  readonly traceparent: string;
}

const contexts = new WeakMap<object, RequestContext>();
const correlationFormat = /^[\w.:-]{1,100}$/;

/** The context of a request, stored in `messageContext` while it runs. */
export function contextOf(request: FastifyRequest): RequestContext {
  const known = contexts.get(request.raw);
  if (known) return known;
  const made = newContext(request);
  contexts.set(request.raw, made);
  return made;
}

function newContext(request: FastifyRequest): RequestContext {
  const { headers } = request;
  const requestId = randomUUID();
  const caller = carriedTrace({ traceparent: single(headers.traceparent), tracestate: single(headers.tracestate) });
  const correlationId = single(headers['x-correlation-id']);
  const span = startRequestSpan(request, caller);
  return {
    correlationId: correlationId !== undefined && correlationFormat.test(correlationId) ? correlationId : requestId,
    causationId: requestId,
    ...(span ? traceOf(span) : continued(caller.traceparent)),
    tracestate: caller.tracestate,
  };
}

const traceOf = (span: Span) => ({ traceId: span.spanContext().traceId, traceparent: traceparentOf(span) });

/** The caller's trace, or a new one: messages and log lines carry it even if no spans are recorded. */
function continued(traceparent: string | undefined): Pick<RequestContext, 'traceId' | 'traceparent'> {
  const { traceId, traceFlags } = spanContextOf({ traceparent }) ?? { traceId: randomBytes(16).toString('hex'), traceFlags: 1 };
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-0${traceFlags}` };
}

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

/** Runs every request in its own message context and with its Idempotency-Key, and returns the trace id in `X-Trace-Id`. */
export function runRequestsInContext(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request);
    void reply.header('x-trace-id', context.traceId);
    messageContext.run(context, () => insideRequestSpan(request, done));
  });
  // The body is read in socket events, which lose the context.
  server.addHook('preValidation', (request, _reply, done) => {
    const key = request.method === 'POST' ? readIdempotencyKey(request.headers[idempotencyKeyHeader]) : undefined;
    messageContext.run(contextOf(request), () => insideRequestSpan(request, () => idempotencyKey.run(key, done)));
  });
}
