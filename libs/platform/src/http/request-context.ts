import { randomBytes, randomUUID } from 'node:crypto';
import { type MessageContext, messageContext } from '@ftgo/messaging';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { idempotencyKey, idempotencyKeyHeader } from '../idempotency/idempotency-key.js';

export interface RequestContext extends MessageContext {
  readonly traceId: string;
  readonly traceparent: string;
}

const contexts = new WeakMap<object, RequestContext>();
const traceparentFormat = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const correlationFormat = /^[\w.:-]{1,100}$/;
const nothing = /^0+$/;

/** The trace id within a W3C traceparent. */
export const traceIdOf = (traceparent: string | undefined): string | undefined => traceparentFormat.exec(traceparent ?? '')?.[2];

/** The context of a request: what `messageContext` holds while it runs. */
export function contextOf(request: Pick<FastifyRequest, 'raw' | 'headers'>): RequestContext {
  const known = contexts.get(request.raw);
  if (known) return known;
  const made = newContext(request.headers);
  contexts.set(request.raw, made);
  return made;
}

function newContext(headers: FastifyRequest['headers']): RequestContext {
  const requestId = randomUUID();
  const trace = continued(headers.traceparent) ?? { traceId: randomBytes(16).toString('hex'), flags: '01' };
  const correlationId = single(headers['x-correlation-id']);
  return {
    correlationId: correlationId !== undefined && correlationFormat.test(correlationId) ? correlationId : requestId,
    causationId: requestId,
    traceId: trace.traceId,
    traceparent: `00-${trace.traceId}-${randomBytes(8).toString('hex')}-${trace.flags}`,
    tracestate: headers.traceparent === undefined ? undefined : single(headers.tracestate),
  };
}

/** W3C trace context: an unusable header is as none, and an unknown version is read as version 00. */
function continued(header: string | string[] | undefined): { traceId: string; flags: string } | undefined {
  const [, version, traceId, spanId, flags, rest] = traceparentFormat.exec(single(header) ?? '') ?? [];
  if (!traceId || !spanId || !flags || nothing.test(traceId) || nothing.test(spanId)) return undefined;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  return { traceId, flags };
}

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);

/** Runs every request in its own message context and under its Idempotency-Key, and tells the trace id in `X-Trace-Id`. */
export function runRequestsInContext(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request);
    void reply.header('x-trace-id', context.traceId);
    messageContext.run(context, done);
  });
  // Reading the body goes through events of the socket, which lose the context.
  server.addHook('preValidation', (request, _reply, done) => {
    const key = request.method === 'POST' ? idempotencyKey.read(request.headers[idempotencyKeyHeader]) : undefined;
    messageContext.run(contextOf(request), () => idempotencyKey.run(key, done));
  });
}
