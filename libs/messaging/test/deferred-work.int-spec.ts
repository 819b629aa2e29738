import { eventually } from '@ftgo/testing';
import { messagingDatabase, refusal, SoldOut, stockCommands, stockReplies, TakeStock, takeStock } from '@ftgo/testing/messaging';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type MemoryBroker, memoryBroker } from '../src/broker/index.js';
import { type Handler, MessageConsumer, NotYet, Outbox } from '../src/index.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let broker: MemoryBroker;
let consumer: MessageConsumer;
const answered: string[] = [];
let inStock = false;

beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  answered.length = 0;
  inStock = false;
  broker = memoryBroker({ drainTimeoutMs: 500 });
  await broker.ensureTopics([{ topic: stockCommands.topic, partitions: 2 }]);
  const { transactions } = database;
  /** Paper waits for a service that is down; ink and pens arrive a little later. */
  const take: Handler = {
    kind: 'command',
    type: TakeStock,
    name: 'Stock.take',
    handle: async ({ payload }) => {
      const { item } = payload as TakeStock;
      if (item === 'paper') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      if (!inStock) throw new NotYet(new SoldOut(item));
      answered.push(item);
      return { left: 0 };
    },
  };
  consumer = new MessageConsumer({
    handlers: [take],
    source: '/stock',
    group: 'stock',
    refusal,
    replyChannels: [stockReplies],
    outbox: new Outbox(transactions),
    transactions,
    broker: broker.client(),
    logger: silent,
  });
  await consumer.start();
});
afterEach(async () => {
  await Promise.race([consumer.close(), database.pool.query('SELECT pg_sleep(5)')]);
  await broker.close();
});

/** Keys for the two partitions. */
const keyOf = { 0: 'a', 1: 'd' };
const send = async (item: string, key: string) => {
  const { topic, value, headers } = takeStock({ item, quantity: 1 }, { ce_sagaid: item });
  const bytes = [...headers].map(([name, content]) => [Buffer.from(name), content] as const);
  await broker.publish([{ topic, key: Buffer.from(key), value: value as Buffer, headers: bytes }]);
};
const deferred = async () => (await database.rows("SELECT FROM dead_letter WHERE status = 'deferred'")).length;
/** Long enough for a turn: deferred commands are checked every 100 ms. */
const waitForTurn = () => database.pool.query('SELECT pg_sleep(0.8)');
const oneWaits = () => eventually(() => expect(consumer.healthy).toBe(false));

it('continues in the other partitions while one waits', async () => {
  await send('ink', keyOf[0]);
  await send('pen', keyOf[1]);
  await eventually(async () => expect(await deferred()).toBe(2));
  await send('paper', keyOf[0]);
  await oneWaits();
  await waitForTurn();
  inStock = true;
  await eventually(() => expect(answered).toEqual(['pen']));
});

it('does not prevent stopping while a partition waits', async () => {
  await send('ink', keyOf[0]);
  await eventually(async () => expect(await deferred()).toBe(1));
  await send('paper', keyOf[0]);
  await oneWaits();
  await waitForTurn();
  const since = performance.now();
  await Promise.race([consumer.close(), database.pool.query('SELECT pg_sleep(10)')]);
  expect(performance.now() - since).toBeLessThan(8_000);
});
