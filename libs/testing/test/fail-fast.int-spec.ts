import { MessageConsumer, Outbox } from '@ftgo/messaging';
import { memoryBroker } from '@ftgo/messaging/broker';
import { messagingDatabase, PriceChanged, priceChanged, priceEvents, refusal } from '@ftgo/testing/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../src/index.js';
import { endWaitsAtInvalidStatement } from '../src/invalid-statement.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

let database: Awaited<ReturnType<typeof messagingDatabase>>;

beforeAll(async () => {
  database = await messagingDatabase();
  await database.pool.query('CREATE TABLE prices (item text PRIMARY KEY, dollars bigint)');
});
afterAll(() => database.close());

/** A consumer that runs a statement for each change of a price. */
async function consumeWith(statement: string): Promise<{ publish: (change: PriceChanged) => Promise<void> }> {
  const { transactions } = database;
  const broker = memoryBroker();
  await broker.ensureTopics([{ topic: priceEvents.topic, partitions: 1 }]);
  const store = async ({ item, cents }: PriceChanged) =>
    void (await transactions.current('a price').query({ text: statement, values: [item, cents] }));
  const consumer = new MessageConsumer({
    broker: broker.client(),
    transactions,
    group: 'shop',
    source: '/shop',
    handlers: [{ kind: 'event', type: PriceChanged, name: 'Prices.store', handle: ({ payload }) => store(payload as PriceChanged) }],
    refusal,
    replyChannels: [],
    outbox: new Outbox(transactions),
    logger: silent,
  });
  await consumer.start();
  onTestFinished(() => consumer.close());
  return {
    async publish(change) {
      const { topic, key, value, headers } = priceChanged(change);
      const named = [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const);
      await broker.publish([{ topic, key: key as Buffer, value: value as Buffer, headers: named }]);
    },
  };
}

const prices = () => database.rows('SELECT item, dollars FROM prices');

describe('a wait of a spec for an app', () => {
  beforeEach(() => onTestFinished(endWaitsAtInvalidStatement()));

  it('ends immediately with the first statement of a handler that names a missing column', async () => {
    const { publish } = await consumeWith('INSERT INTO prices (item, cents) VALUES ($1, $2)');
    const began = performance.now();
    await publish({ item: 'pen', cents: 250 });
    await publish({ item: 'ink', cents: 900 });
    const stored = eventually(async () => expect(await prices()).toHaveLength(2));
    await expect(stored).rejects.toThrow(
      /^invalid statement: column "cents" of relation "prices" does not exist \(42703\): INSERT INTO prices \(item, cents\) VALUES \(\$1, \$2\)$/,
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('continues while statements fail for a temporary reason', async () => {
    await database.pool.query("INSERT INTO prices (item, dollars) VALUES ('cup', 1)");
    const { publish } = await consumeWith('INSERT INTO prices (item, dollars) VALUES ($1, $2)');
    await publish({ item: 'cup', cents: 2 });
    await publish({ item: 'mug', cents: 3 });
    await eventually(async () => expect(await prices()).toContainEqual({ item: 'mug', dollars: '3' }));
  });
});
