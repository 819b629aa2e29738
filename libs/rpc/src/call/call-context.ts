import { randomUUID } from 'node:crypto';
import { type MessageContext, messageContext } from '@ftgo/messaging';
import { carriedTrace, type Span, traceparentOf } from '@ftgo/messaging/telemetry';
import { idempotencyKey, idempotencyKeyHeader, readIdempotencyKey } from '@ftgo/platform';
import { caller } from '@ftgo/security';
import { Metadata } from '@grpc/grpc-js';

const key = {
  correlationId: 'x-correlation-id',
  causationId: 'x-causation-id',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
} as const;

const authorizationKey = 'authorization';

const usable = /^[\w.:-]{1,100}$/;
/** Characters that metadata can hold; anything else would fail the call. */
const sendable = /^[\x20-\x7e]+$/;

/** The part of the current request's context that a call carries; the trace continues at the call's own span, if it has one. */
export function callMetadata(span?: Span): Metadata {
  const ambient = messageContext.current();
  const context = span ? { ...ambient, traceparent: traceparentOf(span) } : ambient;
  const metadata = new Metadata();
  for (const field of Object.keys(key) as Array<keyof typeof key>) {
    const value = context[field];
    if (value !== undefined && sendable.test(value)) metadata.set(key[field], value);
  }
  const idempotent = idempotencyKey.current;
  if (idempotent !== undefined) metadata.set(idempotencyKeyHeader, idempotent);
  const { current } = caller;
  if (current) metadata.set(authorizationKey, `Bearer ${current.token}`);
  return metadata;
}

/** The access token of the caller, as in HTTP. */
export const authorizationOfCall = (metadata: Metadata): string | undefined => metadata.get(authorizationKey)[0]?.toString();

/** The context of an incoming call: that of its caller, or a new one. */
export function contextOfCall(metadata: Metadata): MessageContext {
  const text = (name: string): string | undefined => {
    const [value] = metadata.get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const id = (name: string): string | undefined => {
    const value = text(name);
    return value !== undefined && usable.test(value) ? value : undefined;
  };
  const callId = randomUUID();
  const correlationId = id(key.correlationId) ?? callId;
  const trace = carriedTrace({ traceparent: text(key.traceparent), tracestate: text(key.tracestate) });
  return { correlationId, causationId: id(key.causationId) ?? callId, ...trace };
}

/** The Idempotency-Key of the caller. */
export const idempotencyKeyOfCall = (metadata: Metadata): string | undefined => readIdempotencyKey(metadata.get(idempotencyKeyHeader)[0]);
