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

/** A consumer of eight partitions, each with one message. */
async function consumerOfEight(handle: (item: string) => Promise<void>, transactionsAtOnce: number): Promise<MessageConsumer> {
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
  const note: Handler = {
    kind: 'event',
    type: PriceChanged,
    name: 'Prices.note',
    handle: ({ payload }) => handle((payload as PriceChanged).item),
  };
  const consumer = new MessageConsumer({
    handlers: [note],
    source: '/price-list',
    group: 'price-list',
    refusal,
    replyChannels: [],
    outbox: new Outbox(database.transactions),
    transactions: database.transactions,
    broker: broker.client(),
    logger: silent,
    transactionsAtOnce,
  });
  await consumer.start();
  return consumer;
}

/** The number of messages in each transaction. */
async function transactionsOf(messages: number): Promise<number[]> {
  const counts = () => database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM inbox GROUP BY xmin::text ORDER BY 1');
  return eventually(async () => {
    const all = (await counts()).rows.map(({ n }) => n);
    expect(all.reduce((sum, n) => sum + n, 0)).toBe(messages);
    return all;
  });
}

it.each([1, 2])('lets partitions that wait for one of %i transactions share the next one', async (transactionsAtOnce) => {
  const waiting: Array<() => void> = [];
  const handled: string[] = [];
  const consumer = await consumerOfEight(async (item) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    handled.push(item);
  }, transactionsAtOnce);
  await eventually(() => expect(waiting).toHaveLength(transactionsAtOnce));
  while (handled.length < items.length) {
    await eventually(() => expect(waiting).not.toHaveLength(0));
    expect(database.pool.totalCount - database.pool.idleCount).toBeLessThanOrEqual(transactionsAtOnce);
    const before = handled.length;
    waiting.shift()?.();
    await eventually(() => expect(handled.length).toBeGreaterThan(before));
  }
  expect(handled.toSorted()).toEqual(items.toSorted());
  // How many wait by then depends on when they are read.
  expect((await transactionsOf(items.length)).length).toBeLessThan(items.length);
  await consumer.close();
});

it('handles each partition by itself if a message fails in the transaction that they share', async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const [first = '', , poison] = items;
  const consumer = await consumerOfEight(async (item) => {
    if (item === first) {
      begun.resolve();
      await go.promise;
    }
    if (item === poison) throw new Error('a bug');
  }, 1);
  await begun.promise;
  go.resolve();
  await eventually(() => expect(consumer.counts).toMatchObject({ handled: items.length - 1, dead: 1 }));
  expect(await transactionsOf(items.length)).toEqual(items.map(() => 1));
  await consumer.close();
});
