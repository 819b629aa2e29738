import { attributesOf } from '../message/span-attributes.js';
import { activeTracer, type Span, SpanKind, startSpan } from '../telemetry/spans.js';
import type { OutboxRecord } from './outbox-record.js';

/**
 * The creation of a message, a child of what sends it. It begins when the message is handed to the outbox, and ends with
 * the commit: of what was rolled back there is no span. It looks for the SDK first, so that without one a message costs
 * not even the name of its span.
 */
export const publishSpan = (record: OutboxRecord): Span | undefined =>
  activeTracer() &&
  startSpan(`publish ${record.topic}`, record, () => ({
    kind: SpanKind.PRODUCER,
    attributes: { ...attributesOf(record, record.topic), 'messaging.operation.name': 'publish', 'messaging.operation.type': 'create' },
  }));
