import { eventually } from '@ftgo/testing';
import { messagingDatabase, PriceChanged, priceChanged, priceEvents, refusal } from '@ftgo/testing/messaging';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryBroker } from '../src/broker/index.js';
import { partitionOf } from '../src/broker/partitions.js';
import { type Handler, MessageConsumer, Outbox } from '../src/index.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
const items = ['pen', 'ink', 'paper', 'ruler', 'chalk', 'slate', 'glue', 'stamp'];
/** A key for each partition, so that each item has its own. */
function keyOf(partition: number): Buffer {
  for (let n = 0; ; n++) {
    const key = Buffer.from(String(n));
    if (partitionOf(items.length, key) === partition) return key;
  }
}

let database: Awaited<ReturnType<typeof messagingDatabase>>;
beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());

it.each([1, 3])('has at most %i of eight lagging partitions in a transaction at once, and handles them all', async (transactionsAtOnce) => {
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  const broker = memoryBroker();
  await broker.ensureTopics([{ topic: priceEvents.topic, partitions: 8 }]);
  await broker.publish(
    items.map((item, i) => {
      const { topic, value, headers } = priceChanged({ item, cents: 1 });
      return {
        topic,
        key: keyOf(i),
        value: value as Buffer,
        headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
      };
    }),
  );
  const waiting: Array<() => void> = [];
  const handled: string[] = [];
  const note: Handler = {
    kind: 'event',
    type: PriceChanged,
    name: 'Prices.note',
    handle: async ({ payload }) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      handled.push((payload as PriceChanged).item);
    },
  };
  const { transactions, pool } = database;
  const consumer = new MessageConsumer({
    handlers: [note],
    source: '/price-list',
    group: `price-list-${transactionsAtOnce}`,
    refusal,
    replyChannels: [],
    outbox: new Outbox(transactions),
    transactions,
    broker: broker.client(),
    logger: silent,
    transactionsAtOnce,
  });
  await consumer.start();
  while (handled.length < items.length) {
    const open = Math.min(transactionsAtOnce, items.length - handled.length);
    await eventually(() => expect([waiting.length, pool.totalCount - pool.idleCount]).toEqual([open, open]));
    const before = handled.length;
    waiting.shift()?.();
    await eventually(() => expect(handled.length).toBe(before + 1));
  }
  expect(handled.toSorted()).toEqual(items.toSorted());
  await consumer.close();
});
