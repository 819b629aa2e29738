import {
  messagingDatabase,
  PriceChanged,
  priceChanged,
  record,
  refusal,
  SoldOut,
  stockReplies,
  TakeStock,
  takeStock,
} from '@ftgo/testing/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../src/broker/index.js';
import { answerOf, type Handler, type Middleware, messageContext, Outbox, Replayer } from '../src/index.js';
import { Processing } from './processing.js';

const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };
const isSold = new Set<string>();
const seen: string[] = [];

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let outbox: Outbox;

beforeAll(async () => {
  database = await messagingDatabase();
  outbox = new Outbox(database.transactions);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  seen.length = 0;
  isSold.clear();
});

const take = async ({ item }: TakeStock) => {
  seen.push(`take ${item}`);
  if (isSold.has(item)) throw new SoldOut(item);
  return { left: 1 };
};
const handlers: Handler[] = [
  { kind: 'command', type: TakeStock, name: 'Stock.take', handle: ({ payload }) => take(payload as TakeStock) },
  { kind: 'event', type: PriceChanged, name: 'Prices.note', handle: async () => void seen.push('note') },
  { kind: 'reply', channel: stockReplies, name: 'Sagas.replied', handle: async () => void seen.push('replied') },
];

/** Logs each message and its outcome. */
const noting =
  (name: string): Middleware =>
  async (message, handler, next) => {
    seen.push(`${name} before ${handler.kind} ${messageContext.current().causationId === message.id ? 'in its context' : ''}`);
    const answer = await next();
    seen.push(`${name} after ${answer?.outcome ?? 'no reply'}`);
    return answer;
  };

async function process(middleware: Middleware[], ...records: ReceivedRecord[]): Promise<void> {
  const { transactions } = database;
  const group = { group: 'stock', source: '/stock-service', refusal, replyChannels: [stockReplies], transactions, outbox, logger };
  const [first] = records as [ReceivedRecord];
  const signal = new AbortController().signal;
  await new Processing({ ...group, handlers, middleware }).process({ topic: first.topic, partition: 0, records, signal });
}
const outcomes = () => database.rows<{ outcome: string }>(`SELECT extensions->>'ce_outcome' AS outcome FROM outbox ORDER BY position`);

describe('middleware of an application', () => {
  it('wraps commands, in order, and sees their replies', async () => {
    isSold.add('ink');
    await process([noting('a'), noting('b')], takeStock({ item: 'pen', quantity: 1 }), takeStock({ item: 'ink', quantity: 1 }));
    const before = ['a before command in its context', 'b before command in its context'];
    expect(seen.slice(0, 5)).toEqual([...before, 'take pen', 'b after success', 'a after success']);
    expect(seen.slice(5)).toEqual([...before, 'take ink', 'b after failure', 'a after failure']);
  });

  it.each([
    ['an event', () => priceChanged({ item: 'pen', cents: 1 }), 'event', 'note'],
    ['a reply', () => record(stockReplies.topic, 'shop.v1.TakeStockReply', {}, { ce_source: '/stock-service' }), 'reply', 'replied'],
  ])('wraps %s, which has no reply', async (_what, message, kind, handled) => {
    await process([noting('a')], message());
    expect(seen).toEqual([`a before ${kind} in its context`, handled, 'a after no reply']);
  });

  it('wraps events that are replayed', async () => {
    const replayed: unknown[] = [];
    const middleware: Middleware = (message, _handler, next) => {
      replayed.push(message.isReplayed);
      return next();
    };
    const replayer = new Replayer(handlers, [noting('a'), middleware]);
    await database.transactions.run(() => replayer.replay(priceChanged({ item: 'pen', cents: 1 })));
    expect(seen).toEqual(['a before event in its context', 'note', 'a after no reply']);
    expect(replayed).toEqual([true]);
  });

  it('may reply to a command without its handler', async () => {
    const answering: Middleware = (_message, _handler, _next) =>
      Promise.resolve(answerOf('failure', refusal, { code: 'SOLD_OUT', detail: 'closed' }));
    await process([answering], takeStock({ item: 'pen', quantity: 1 }));
    expect(seen).toEqual([]);
    expect(await outcomes()).toEqual([{ outcome: 'failure' }]);
  });

  it('that throws has its message dead-lettered, and the handler’s effects are undone', async () => {
    const failing: Middleware = async (_message, _handler, next) => {
      await next();
      throw new TypeError('a bug');
    };
    await process([failing], takeStock({ item: 'pen', quantity: 1 }));
    expect(await outcomes()).toEqual([]);
    expect(await database.rows('SELECT status, error, handler FROM dead_letter')).toEqual([
      { status: 'dead', error: 'TypeError: a bug', handler: 'Stock.take' },
    ]);
  });
});
