import { kafkaBroker } from '@ftgo/messaging-kafka';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { messagingDatabase, PriceChanged, priceChanged, priceEvents, record, refusal } from '@ftgo/testing/messaging';
import { Admin } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Broker, memoryBroker, type ReceivedRecord } from '../src/broker/index.js';
import { type EventType, event, eventChannel, type Handler, MessageConsumer, Outbox } from '../src/index.js';
import type { MessagingLogger } from '../src/telemetry/index.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let errors: unknown[];
let handled: string[];
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  [errors, handled] = [[], []];
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function consume(broker: Broker, type: EventType<PriceChanged> = PriceChanged): Promise<MessageConsumer> {
  const handlers: Handler[] = [
    { kind: 'event', type, name: 'Prices.note', handle: async ({ payload }) => void handled.push((payload as PriceChanged).item) },
  ];
  const logger: MessagingLogger = {
    log: () => undefined,
    warn: () => undefined,
    error: (message, details) => void errors.push({ message, ...details }),
  };
  const { transactions } = database;
  const answers = { refusal, replyChannels: [], outbox: new Outbox(transactions) };
  const dispatching = { handlers, source: '/stock-service', group: 'stock-service', ...answers };
  const consumer = new MessageConsumer({ ...dispatching, transactions, broker, logger });
  open.push(consumer, broker);
  await consumer.start();
  return consumer;
}

const send = (broker: Broker, topic: string, ...records: ReceivedRecord[]) =>
  broker.publish(
    records.map(({ key, value, headers }) => ({
      topic,
      key: key as Buffer,
      value: value as Buffer,
      headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
    })),
  );

describe('a message over the limit of its channel', () => {
  const tooLarge = 'x'.repeat(1_200_000);

  it('is dead-lettered by reference, and the others of its partition are handled', async () => {
    const broker = memoryBroker({ maxRecordBytes: 4_000_000 });
    await broker.ensureTopics([{ topic: priceEvents.topic, partitions: 1 }]);
    await consume(broker);
    const large = { ...priceChanged({ item: tooLarge, cents: 1 }), key: Buffer.from('large') };
    await send(broker, priceEvents.topic, priceChanged({ item: 'pen', cents: 1 }), large, priceChanged({ item: 'ink', cents: 1 }));
    await eventually(() => expect(handled).toEqual(['pen', 'ink']));
    const deadLetters = () =>
      database.pool.query('SELECT message_id, topic, partition, position, record, headers, status, error FROM dead_letter');
    // Stored when the transaction of the batch commits, after the last handler has returned.
    await eventually(async () =>
      expect((await deadLetters()).rows).toEqual([
        {
          message_id: String(large.headers.get('ce_id')),
          topic: priceEvents.topic,
          partition: 0,
          position: '1',
          record: null,
          headers: expect.objectContaining({ ce_type: large.headers.get('ce_type')?.toString('base64') }),
          status: 'dead',
          error: expect.stringMatching(
            /^Undecodable: the record has 1200\d{3} bytes; the limit is 1048576; its 1200\d{3} bytes are still in shop\.price\.events\/0 at position 1$/,
          ),
        },
      ]),
    );
  });

  it('is skipped like a small one if its type has no handler', async () => {
    const broker = memoryBroker({ maxRecordBytes: 4_000_000 });
    await broker.ensureTopics([{ topic: priceEvents.topic, partitions: 1 }]);
    const consumer = await consume(broker);
    await send(broker, priceEvents.topic, record(priceEvents.topic, 'shop.v1.Unknown', tooLarge), priceChanged({ item: 'ink', cents: 1 }));
    await eventually(() => expect(handled).toEqual(['ink']));
    expect(consumer.counts).toMatchObject({ unknownTypes: 1, dead: 0 });
  });

  it('is handled if the channel’s limit allows it', async () => {
    const broker = memoryBroker({ maxRecordBytes: 4_000_000 });
    await broker.ensureTopics([{ topic: priceEvents.topic, partitions: 1 }]);
    const channel = eventChannel(priceEvents.topic, { source: priceEvents.source, maxMessageBytes: 2_000_000 });
    await consume(broker, event(channel, PriceChanged.payload));
    await send(broker, priceEvents.topic, { ...priceChanged({ item: tooLarge, cents: 1 }), key: Buffer.from('large') });
    await eventually(() => expect(handled).toEqual([tooLarge]));
  });
});

describe.skipIf(noKafka)(`messages that retention removed before their consumer read them${becauseNoKafka}`, () => {
  it('are counted and logged as an error', async () => {
    const { brokers } = await testKafka();
    const topic = uniqueName('prices');
    const type = event(eventChannel(topic, { source: priceEvents.source }), PriceChanged.payload);
    const client = () => kafkaBroker({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 500 });
    const first = client();
    await first.ensureTopics([{ topic, partitions: 1 }]);
    const before = await consume(first, type);
    await send(first, topic, priceChanged({ item: 'read', cents: 1 }));
    await eventually(() => expect(handled).toEqual(['read']));
    await before.close();
    await send(first, topic, ...['a', 'b', 'c'].map((item) => priceChanged({ item, cents: 1 })));
    const admin = new Admin({ clientId: 'operator', bootstrapBrokers: brokers.split(',') });
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] });
    await admin.close();
    const after = await consume(client(), type);
    await eventually(() => expect(handled).toEqual(['read', 'c']));
    const expected = { topic, partition: 0, reason: 'retention', records: 2 };
    expect(errors).toEqual([{ message: 'records were removed before this group read them', ...expected }]);
    const metric = after.metrics().find(({ name }) => name === 'messaging_consumer_missed_records_total');
    expect(metric?.samples).toEqual([
      { labels: { topic, reason: 'retention' }, value: 2 },
      { labels: { topic, reason: 'topic deleted' }, value: 0 },
    ]);
  });
});
