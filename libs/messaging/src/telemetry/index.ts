// Logs, metrics and spans, independent of a monitoring system.
export { carriedTrace } from './carried-trace.js';
export type { MessagingLogger } from './logger.js';
export { Durations, type Metric, MetricsSource } from './metric.js';
export {
  activeTracer,
  annotateSpan,
  failSpan,
  insideSpan,
  type Span,
  SpanKind,
  spanContextOf,
  spanIdOf,
  startSpan,
  type TraceParent,
  traceIdOf,
  traceparentOf,
} from './spans.js';
