import { eventually } from '@ftgo/testing';
import {
  messagingDatabase,
  PriceChanged,
  priceChanged,
  priceEvents,
  refusal,
  SoldOut,
  stockCommands,
  stockReplies,
  TakeStock,
  takeStock,
} from '@ftgo/testing/messaging';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrokerUnavailable, header, memoryBroker, type ReceivedRecord } from '../src/broker/index.js';
import { type Handler, MessageConsumer, Outbox } from '../src/index.js';
import { outboxMetrics, relayProgress } from '../src/outbox/outbox-progress.js';
import type { Metric } from '../src/telemetry/index.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let broker: ReturnType<typeof memoryBroker>;
let consumer: MessageConsumer;
/** The action of the handlers on an item; default: nothing. */
const doing = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());

beforeEach(async () => {
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  doing.clear();
  broker = memoryBroker();
  await broker.ensureTopics([stockCommands, priceEvents].map(({ topic }) => ({ topic, partitions: 1 })));
  await consume({ maxBatch: 2 });
});
afterEach(() => consumer.close());

async function consume({ maxBatch }: { maxBatch: number }): Promise<void> {
  const handlers: Handler[] = [
    { kind: 'command', type: TakeStock, name: 'Stock.take', handle: ({ payload }) => work(payload as TakeStock, { left: 1 }) },
    { kind: 'event', type: PriceChanged, name: 'Prices.note', handle: ({ payload }) => work(payload as PriceChanged, undefined) },
  ];
  const { transactions } = database;
  const answers = { refusal, replyChannels: [stockReplies], outbox: new Outbox(transactions) };
  const dispatching = { handlers, source: '/stock-service', group: 'stock-service', ...answers };
  consumer = new MessageConsumer({ ...dispatching, transactions, broker: broker.client(), logger: silent, maxBatch });
  await consumer.start();
}

async function work<Result>({ item }: { item: string }, result: Result): Promise<Result> {
  await doing.get(item)?.();
  return result;
}

const send = (...records: ReceivedRecord[]) =>
  broker.publish(
    records.map(({ topic, key, value, headers }) => ({
      topic,
      key: key as Buffer,
      value: value as Buffer,
      headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
    })),
  );

function valueIn(metrics: readonly Metric[], name: string, labels: Record<string, string | number> = {}, suffix?: string): number {
  const { samples = [] } = metrics.find((metric) => metric.name === name) ?? {};
  const found = samples.filter((s) => s.suffix === suffix && Object.entries(labels).every(([label, value]) => s.labels[label] === value));
  return found.reduce((sum, { value }) => sum + value, 0);
}
const outcome = (of: string, message_type: string) =>
  valueIn(consumer.metrics(), 'messaging_process_messages_total', { outcome: of, message_type });
const commands = 'shop.v1.TakeStock';
const events = 'shop.v1.PriceChanged';

describe('the metrics of a consumer', () => {
  it('count the outcomes of messages, by type', async () => {
    doing.set('ink', () => Promise.reject(new SoldOut('ink')));
    doing.set('poison', () => Promise.reject(new Error('a bug')));
    const pen = takeStock({ item: 'pen', quantity: 1 });
    await send(pen, takeStock({ item: 'ink', quantity: 1 }), takeStock({ item: 'poison', quantity: 1 }));
    await eventually(() => expect(outcome('dead', commands)).toBe(1));
    await send(pen, { ...pen, value: Buffer.from('{'), headers: new Map(pen.headers).set(header.id, Buffer.from('x')) });
    await eventually(() => expect(outcome('dead', 'unreadable')).toBe(1));
    await eventually(() => expect(outcome('duplicate', commands)).toBe(1));
    expect([outcome('handled', commands), outcome('refused', commands), outcome('handled', events)]).toEqual([1, 1, 0]);
    // The failed batch is rerun, with four more attempts of the message that caused it.
    expect(outcome('retried', commands)).toBe(1 + 4);
    expect(valueIn(consumer.metrics(), 'messaging_process_duration_seconds', { message_type: commands }, '_count')).toBe(2 + 1 + 5);
  });

  it('count nothing twice when transactions are rerun', async () => {
    let conflicts = 3;
    doing.set('pen', async () => {
      if (conflicts-- > 0) throw Object.assign(new Error('deadlock'), { code: '40P01' });
    });
    await send(priceChanged({ item: 'pen', cents: 1 }), priceChanged({ item: 'ink', cents: 1 }));
    await eventually(() => expect(outcome('handled', events)).toBe(2));
    expect([outcome('retried', events), outcome('duplicate', events), outcome('dead', events)]).toEqual([6, 0, 0]);
  });

  it('count and time every message of a large batch', async () => {
    await consumer.close();
    await send(...Array.from({ length: 64 }, (_, cents) => priceChanged({ item: 'pen', cents })));
    await consume({ maxBatch: 64 });
    await eventually(() => expect(outcome('handled', events)).toBe(64));
    expect(valueIn(consumer.metrics(), 'messaging_process_duration_seconds', { message_type: events }, '_count')).toBe(64);
  });

  it('count the dead letters until each is resolved', async () => {
    doing.set('poison', () => Promise.reject(new Error('a bug')));
    const countAs = async (status: string) => {
      const metric = await database.transactions.run((transaction) => consumer.deadLetterMetric(transaction));
      return valueIn([metric], 'messaging_dead_letters', { status, topic: stockCommands.topic });
    };
    expect(await countAs('dead')).toBe(0);
    await send(takeStock({ item: 'poison', quantity: 1 }));
    await eventually(async () => expect(await countAs('dead')).toBe(1));
    expect(await countAs('deferred')).toBe(0);
    await database.pool.query(`UPDATE dead_letter SET status = 'discarded'`);
    expect(await countAs('dead')).toBe(0);
  });

  it('show its lag, and that it waits for the database', async () => {
    const behind = () => valueIn(consumer.metrics(), 'messaging_consumer_lag_messages', { topic: priceEvents.topic, partition: 0 });
    const waits = (reason: string) => valueIn(consumer.metrics(), 'messaging_consumer_waiting', { reason });
    expect([behind(), waits('database'), waits('broker')]).toEqual([0, 0, 0]);
    let isDown = true;
    doing.set('pen', () => (isDown ? Promise.reject(new BrokerUnavailable('a dependency is down')) : Promise.resolve()));
    await send(...Array.from({ length: 5 }, (_, cents) => priceChanged({ item: 'pen', cents })));
    await eventually(() => expect([behind(), waits('database')]).toEqual([5, 1]));
    isDown = false;
    await eventually(() => expect([behind(), waits('database')]).toEqual([0, 0]));
    await consumer.close();
    expect(waits('broker')).toBe(1);
  });
});

describe('the metrics of an outbox', () => {
  const currentMetrics = async () => outboxMetrics(await database.transactions.run((transaction) => relayProgress.read(transaction)));

  it('show how long ago the relay last proved its progress, whether or not it runs', async () => {
    await database.pool.query('TRUNCATE relay_checkpoint');
    expect((await currentMetrics()).flatMap(({ samples }) => samples)).toEqual([]);
    await database.pool.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, updated_at)
        VALUES ('nobody', '0/0', pg_current_snapshot(), 'x', clock_timestamp() - interval '90 s')`,
    );
    const metrics = await currentMetrics();
    expect(valueIn(metrics, 'messaging_outbox_checkpoint_age_seconds')).toBeCloseTo(90, -1);
    expect(metrics.find(({ name }) => name === 'messaging_outbox_read')?.samples).toEqual([{ labels: {}, value: 0 }]);
  });
});
