import {
  type Attributes,
  context,
  createTraceState,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';

export { type Attributes, type Span, SpanKind } from '@opentelemetry/api';

/** W3C trace context as found in headers. */
export interface TraceParent {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

const scope = '@ftgo/messaging';
/** Version, trace, span, flags. No id is all zeros, ff is not a version, and only versions after 00 may have more fields. */
const format = /^(?!ff)(?!00.{53}-)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

let found: Tracer | undefined;

/** The tracer of the SDK that the process has registered; undefined without one, so that no span needs to be prepared. */
export const activeTracer = (): Tracer | undefined => (found ??= registered());

function registered(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  // The proxy would create a no-op tracer on request.
  return provider instanceof ProxyTracerProvider ? provider.getDelegateTracer(scope) : provider.getTracer(scope);
}

/** A span below `parent`, or the first of a new trace if that is invalid. Undefined if no SDK is registered. */
export function startSpan(name: string, parent: TraceParent | undefined, options: () => SpanOptions): Span | undefined {
  const tracer = activeTracer();
  if (!tracer) return undefined;
  const spanContext = spanContextOf(parent);
  return tracer.startSpan(name, options(), spanContext ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT);
}

/** The `traceparent` header of the span, for the receiver to continue. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
}

/** Runs `work` with this span active, so that OpenTelemetry's own API and other instrumentation find it. */
export const insideSpan = <T>(span: Span, work: () => T): T => context.with(trace.setSpan(context.active(), span), work);

/** Sets attributes of the span of the current request or message; does nothing without one. */
export const annotateSpan = (attributes: Attributes): void => void trace.getActiveSpan()?.setAttributes(attributes);

/**
 * Marks the span as failed with an error, or an error of this type. The message is omitted, since it may contain confidential
 * data.
 */
export function failSpan(span: Span, error: unknown): void {
  span.setAttribute('error.type', error instanceof Error ? error.name : String(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Parses W3C trace context: an invalid header counts as absent, and an unknown version is read as version 00. */
export function spanContextOf(parent: TraceParent | undefined): SpanContext | undefined {
  const fields = format.exec(parent?.traceparent ?? '');
  if (!fields) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = fields;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const state = parent?.tracestate;
  return { traceId, spanId, traceFlags, isRemote: true, ...(state === undefined ? {} : { traceState: createTraceState(state) }) };
}

/** The trace id within a W3C traceparent. */
export const traceIdOf = (traceparent: string | undefined): string | undefined => format.exec(traceparent ?? '')?.[1];

/** The id of the span within a W3C traceparent. */
export const spanIdOf = (traceparent: string | undefined): string | undefined => format.exec(traceparent ?? '')?.[2];
