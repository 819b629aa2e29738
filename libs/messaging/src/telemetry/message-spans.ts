import type { Handler, IncomingMessage } from '../consuming/handler.js';
import type { OutboxRecord } from '../outbox/outbox-record.js';
import { type Attributes, activeTracer, type Span, SpanKind, startSpan } from './spans.js';

// Both look for the SDK first, so that a message without one costs not even the name of its span.

/**
 * The creation of a message, a child of what sends it. It begins when the message is handed to the outbox, and ends with
 * the commit: of what was rolled back there is no span.
 */
export const publishSpan = (record: OutboxRecord): Span | undefined =>
  activeTracer() &&
  startSpan(`publish ${record.topic}`, record, () => ({
    kind: SpanKind.PRODUCER,
    attributes: { ...attributesOf(record, record.topic), 'messaging.operation.name': 'publish', 'messaging.operation.type': 'create' },
  }));

/** The handling of a message, a child of its creation. */
export const processSpan = (message: IncomingMessage, handler: Handler, group: string): Span | undefined =>
  activeTracer() &&
  startSpan(`process ${message.topic}`, message, () => ({
    kind: SpanKind.CONSUMER,
    attributes: {
      ...attributesOf(message, message.topic),
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': group,
      'messaging.destination.partition.id': String(message.partition),
      'messaging.kafka.offset': Number(message.offset),
      'code.function.name': handler.name,
    },
  }));

type Described = Pick<OutboxRecord, 'id' | 'type' | 'source' | 'subject' | 'correlationId' | 'sagaId' | 'sagaStep' | 'outcome'>;

/** Attributes that are undefined are left out by the SDK. */
const attributesOf = (message: Described, topic: string): Attributes => ({
  'messaging.system': 'kafka',
  'messaging.destination.name': topic,
  'messaging.message.id': message.id,
  'messaging.message.conversation_id': message.correlationId,
  'cloudevents.event_id': message.id,
  'cloudevents.event_type': message.type,
  'cloudevents.event_source': message.source,
  'cloudevents.event_subject': message.subject,
  'saga.id': message.sagaId,
  'saga.step': message.sagaStep,
  'saga.outcome': message.outcome,
});
