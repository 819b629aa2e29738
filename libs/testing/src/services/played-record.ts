import { randomUUID } from 'node:crypto';
import { header, type OutgoingRecord, paddedSequence } from '@ftgo/messaging/broker';

/** Where each service publishes its events, and the prefix of their sources. */
export const publishers = {
  accounting: { topic: 'ftgo.accounting.events', source: '/accounting-service/accounts' },
  consumer: { topic: 'ftgo.consumer.events', source: '/consumer-service/consumers' },
  delivery: { topic: 'ftgo.delivery.events', source: '/delivery-service/deliveries' },
  kitchen: { topic: 'ftgo.kitchen.events', source: '/kitchen-service/tickets' },
  order: { topic: 'ftgo.order.events', source: '/order-service/orders' },
  restaurant: { topic: 'ftgo.restaurant.events', source: '/restaurant-service/restaurants' },
} as const;

export type Publisher = keyof typeof publishers;

/** An event published by another service. */
export interface PlayedEvent {
  readonly publisher: Publisher;
  readonly type: string;
  /** The id of the aggregate. */
  readonly id: number;
  readonly sequence: number;
  readonly payload?: object;
  /** The same id makes it the same message. */
  readonly messageId?: string;
  readonly time?: Date;
  /** Overrides the publisher's own. */
  readonly source?: string;
  /** Who caused it; default unknown. */
  readonly actor?: string;
}

export function eventRecord(event: PlayedEvent): OutgoingRecord {
  const { publisher, type, id, sequence, payload = {}, messageId = randomUUID(), time = new Date() } = event;
  const { topic, source } = publishers[publisher];
  return playedRecord(topic, String(id), JSON.stringify(payload), {
    [header.id]: messageId,
    [header.type]: `ftgo.${publisher}.v1.${type}`,
    [header.source]: event.source ?? `${source}/${id}`,
    [header.subject]: String(id),
    [header.sequence]: paddedSequence(sequence),
    [header.time]: time.toISOString(),
    ...(event.actor === undefined ? {} : { ce_actor: event.actor }),
  });
}

/** A record as another service sends it: CloudEvents headers, and JSON unless the attributes say otherwise. */
export function playedRecord(topic: string, key: string, value: string | Buffer, attributes: Record<string, string>): OutgoingRecord {
  const headers = {
    [header.specVersion]: '1.0',
    [header.id]: randomUUID(),
    [header.time]: new Date().toISOString(),
    [header.dataSchema]: 'proto:played',
    [header.partitionKey]: key,
    [header.correlationId]: 'played',
    [header.causationId]: 'played',
    [header.contentType]: 'application/json',
    ...attributes,
  };
  return {
    topic,
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as const),
  };
}
