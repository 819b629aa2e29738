import type { BrokerFeatures } from '../broker/broker.js';
import { attributesOf } from '../message/extensions.js';
import { activeTracer, type Span, SpanKind, startSpan } from '../telemetry/spans.js';
import type { Handler, IncomingMessage } from './handler.js';

/** How spans call the broker. */
export type MessagingSystem = Pick<BrokerFeatures, 'system' | 'positionAttribute'>;

/** The handling of a message, a child of its creation. */
export const processSpan = (
  message: IncomingMessage,
  handler: Handler,
  group: string,
  { system, positionAttribute }: MessagingSystem,
): Span | undefined =>
  activeTracer() &&
  startSpan(`process ${message.topic}`, message, () => ({
    kind: SpanKind.CONSUMER,
    attributes: {
      ...attributesOf(message, message.topic),
      'messaging.system': system,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': group,
      'messaging.destination.partition.id': String(message.partition),
      'code.function.name': handler.name,
      ...(positionAttribute === undefined ? {} : { [positionAttribute]: Number(message.position) }),
    },
  }));
