import { DomainError } from '@ftgo/kernel';
import {
  command,
  commandChannel,
  event,
  eventChannel,
  jsonPayload,
  type PayloadOf,
  type PayloadType,
  type Refusal,
  replyChannel,
} from '@ftgo/messaging';
import { header, type ReceivedRecord } from '@ftgo/messaging/broker';
import { v7 as uuidv7 } from 'uuid';

// A small domain for sending messages: a stock from which goods are taken, and a price list that others follow.

/** Its schema name differs from its type name, so that tests detect a confusion of the two. */
const payload = <T extends object>(typeName: string): PayloadType<T> => ({ ...jsonPayload<T>(typeName), dataSchema: `test:${typeName}` });

export const refusal = payload<Refusal>('shop.v1.Refused');
export const stockCommands = commandChannel('shop.stock.commands', { owner: 'stock-service', senders: ['order-service'] });
export const stockReplies = replyChannel('shop.order.replies', { senders: ['stock-service'] });
export const priceEvents = eventChannel('shop.price.events', { source: '/price-service/prices' });

export const TakeStock = command(stockCommands, payload<{ item: string; quantity: number }>('shop.v1.TakeStock'), {
  key: (c) => c.item,
  reply: payload<{ left: number }>('shop.v1.TakeStockReply'),
  refusals: ['SOLD_OUT'],
});
export type TakeStock = PayloadOf<typeof TakeStock>;

export const PriceChanged = event(priceEvents, payload<{ item: string; cents: number }>('shop.v1.PriceChanged'));
export type PriceChanged = PayloadOf<typeof PriceChanged>;

export class SoldOut extends DomainError {
  constructor(item: string) {
    super('SOLD_OUT', 'rule-broken', `${item} is sold out`);
  }
}

let position = 0;

/** A record as the broker delivers it. */
export function record(topic: string, type: string, payload: unknown, headers: Record<string, string> = {}): ReceivedRecord {
  const all = {
    [header.id]: uuidv7(),
    [header.type]: type,
    [header.source]: topic === priceEvents.topic ? `${priceEvents.source}/1` : '/order-service',
    [header.subject]: 's',
    ...headers,
  };
  return {
    topic,
    partition: 0,
    position: String(position++),
    key: Buffer.from('key'),
    value: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    headers: new Map(Object.entries(all).map(([name, value]) => [name, Buffer.from(value)])),
  };
}

export const takeStock = (payload: TakeStock, headers: Record<string, string> = {}): ReceivedRecord =>
  record(stockCommands.topic, TakeStock.payload.typeName, payload, {
    ce_replyto: stockReplies.topic,
    ce_sagaid: 'saga-1',
    ce_sagastep: 'take stock',
    ...headers,
  });

/** Its key is the item. */
export const priceChanged = (payload: PriceChanged, headers: Record<string, string> = {}): ReceivedRecord => ({
  ...record(priceEvents.topic, PriceChanged.payload.typeName, payload, headers),
  key: Buffer.from(payload.item),
});
