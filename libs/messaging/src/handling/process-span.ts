import { attributesOf } from '../message/span-attributes.js';
import { activeTracer, type Span, SpanKind, startSpan } from '../telemetry/spans.js';
import type { Handler, IncomingMessage } from './handler.js';

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
