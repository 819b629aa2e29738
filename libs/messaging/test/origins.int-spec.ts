import { eventually } from '@ftgo/testing';
import {
  messagingDatabase,
  type PriceChanged,
  PriceChanged as PriceChangedType,
  priceChanged,
  priceEvents,
  refusal,
  stockCommands,
  stockReplies,
  TakeStock,
  takeStock,
} from '@ftgo/testing/messaging';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { header, type MemoryBroker, memoryBroker, paddedSequence, type ReceivedRecord } from '../src/broker/index.js';
import { type Handler, type IncomingMessage, MessageConsumer, Outbox, rejectLeap } from '../src/index.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let broker: MemoryBroker;
let consumer: MessageConsumer;
let handled: string[];
let errors: string[];
let lastSequence: Map<string, number>;

beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  [handled, errors, lastSequence] = [[], [], new Map()];
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  broker = memoryBroker({ drainTimeoutMs: 500 });
  await broker.ensureTopics([stockCommands.topic, stockReplies.topic, priceEvents.topic].map((topic) => ({ topic, partitions: 1 })));
});
afterEach(async () => {
  await consumer.close();
  await broker.close();
});

/** Like a replica: the event is applied if it is newer. */
async function notePrice(message: IncomingMessage): Promise<void> {
  const { source, sequence = 0 } = message;
  const last = lastSequence.get(source) ?? 0;
  rejectLeap(message, last);
  lastSequence.set(source, sequence);
  handled.push((message.payload as PriceChanged).item);
}

async function consume(): Promise<void> {
  const handlers: Handler[] = [
    {
      kind: 'command',
      type: TakeStock,
      name: 'Stock.take',
      handle: async ({ payload }) => {
        handled.push((payload as TakeStock).item);
        return { left: 0 };
      },
    },
    { kind: 'event', type: PriceChangedType, name: 'Prices.note', handle: notePrice },
    { kind: 'reply', channel: stockReplies, name: 'Sagas.replied', handle: async ({ payload }) => void handled.push(String(payload)) },
  ];
  const { transactions } = database;
  consumer = new MessageConsumer({
    handlers,
    source: '/stock-service',
    group: 'stock-service',
    refusal,
    replyChannels: [stockReplies],
    outbox: new Outbox(transactions),
    transactions,
    broker: broker.client(),
    logger: {
      log: () => undefined,
      warn: () => undefined,
      error: (message, details) => void errors.push(`${message}: ${String(details?.['reason'])}`),
    },
  });
  await consumer.start();
}

const send = (records: readonly ReceivedRecord[]) =>
  broker.publish(
    records.map(({ topic, key, value, headers }) => ({
      topic,
      key: key as Buffer,
      value: value as Buffer,
      headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
    })),
  );
const price = (item: string, sequence: number, source = '/price-service/prices/1') =>
  priceChanged({ item, cents: 1 }, { [header.source]: source, [header.sequence]: paddedSequence(sequence) });
const reply = (text: string, source: string) => {
  const answer = takeStock({ item: text, quantity: 1 }, { [header.source]: source, ce_outcome: 'success' });
  return { ...answer, topic: stockReplies.topic, value: Buffer.from(text) };
};
const dead = () => database.rows<{ error: string }>(`SELECT error FROM dead_letter WHERE status = 'dead' ORDER BY id`);
const rejected = () =>
  consumer
    .metrics()
    .filter(({ name }) => name === 'messaging_rejected_messages_total')
    .flatMap(({ samples }) => samples.flatMap(({ labels, value }) => (value > 0 ? [[labels['topic'], labels['reason'], value]] : [])));

describe('a message whose source may not send on its channel', () => {
  it.each([
    ['an event of another service', price('forged', 1, '/order-service/orders/1'), price('real', 1)],
    ['an event of an aggregate whose path has the same prefix', price('forged', 1, '/price-service/prices-too/1'), price('real', 1)],
    ['an event without a source', price('forged', 1, ''), price('real', 1)],
    [
      'a command from a service that may not send commands here',
      takeStock({ item: 'forged', quantity: 1 }, { [header.source]: '/price-service' }),
      takeStock({ item: 'real', quantity: 1 }),
    ],
    ['a reply from a service that never receives a command', reply('forged', '/price-service'), reply('real', '/stock-service')],
  ])('is dead-lettered with an alert, and the next one is handled: %s', async (_what, forged, real) => {
    await consume();
    await send([forged, real]);
    await eventually(() => expect(handled).toEqual(['real']));
    await eventually(async () =>
      expect(await dead()).toEqual([{ error: expect.stringMatching(/^MessageRejected: invalid ce_source '/) as unknown }]),
    );
    await eventually(() => expect(errors).toEqual([expect.stringMatching(/^message dead-lettered: MessageRejected/)]));
    expect(rejected()).toEqual([[forged.topic, 'source', 1]]);
  });
});

describe('a message whose actor is not one that a service writes', () => {
  it.each([
    ['overlong', 'a'.repeat(1_001)],
    ['with control characters', 'https://issuer|ada\nforged log line'],
    ['with bytes that are not text', Buffer.from([0xff, 0xfe]).toString('latin1')],
  ])('is dead-lettered, and the next one is handled: %s', async (_what, actor) => {
    await consume();
    const forged = takeStock({ item: 'forged', quantity: 1 }, { ce_actor: actor });
    await send([forged, takeStock({ item: 'real', quantity: 1 }, { ce_actor: 'https://issuer|ada' })]);
    await eventually(() => expect(handled).toEqual(['real']));
    const error = 'Undecodable: invalid ce_actor: expected text that matches /^[\\x20-\\x7e]{1,1000}$/';
    await eventually(async () => expect(await dead()).toEqual([{ error }]));
    expect(await database.rows(`SELECT extensions->>'ce_actor' AS actor FROM outbox`)).toEqual([{ actor: 'https://issuer|ada' }]);
  });
});

describe('an event whose sequence is too far ahead', () => {
  it('is dead-lettered with an alert, and the events that it would have hidden are applied', async () => {
    await consume();
    await send([
      price('first', 1),
      price('forged', Number.MAX_SAFE_INTEGER),
      price('beyond', 1_002),
      price('second', 2),
      price('far', 1_002),
    ]);
    await eventually(() => expect([...new Set(handled)]).toEqual(['first', 'second', 'far']));
    await eventually(async () => expect(await dead()).toHaveLength(2));
    expect((await dead())[0]?.error).toMatch(
      /^MessageRejected: invalid ce_sequence 9007199254740991 of \/price-service\/prices\/1: too far ahead of the last one, 1$/,
    );
    expect(rejected()).toEqual([[priceEvents.topic, 'sequence', 2]]);
  });

  it('is applied while catching up, since events missing then are missing for everyone', async () => {
    await send([price('leap', 5_000), ...Array.from({ length: 1_200 }, (_, i) => price(`${i}`, i + 1, '/price-service/prices/2'))]);
    await consume();
    await eventually(() => expect(handled).toHaveLength(1_201));
    expect(handled[0]).toBe('leap');
    expect(await dead()).toEqual([]);
  });
});
