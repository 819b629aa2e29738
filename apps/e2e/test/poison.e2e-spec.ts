import { randomUUID } from 'node:crypto';
import { ConfirmCreateTicket, CreateTicket } from '@ftgo/contracts/kitchen';
import { type RecordToWrite, writeRecords } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo } from './ftgo.js';
import { call } from './http.js';
import { invariants } from './invariants.js';
import { placeOf } from './place.js';
import { whileInProgress } from './progress.js';

let ftgo: Ftgo;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  ftgo = await Ftgo.shared();
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
}, 120_000);

afterAll(() => ftgo?.close());

const partitions = [0, 1, 2, 3, 4, 5];

/** A channel, its consumer groups, and a type of message that belongs there. */
interface Channel {
  readonly topic: string;
  readonly groups: Readonly<Record<string, string>>;
  readonly type: string;
}

const consumerCommands: Channel = {
  topic: 'ftgo.consumer.commands',
  groups: { 'consumer-service': 'ftgo_consumer' },
  type: 'ftgo.consumer.v1.ValidateOrderByConsumer',
};
const kitchenCommands: Channel = {
  topic: 'ftgo.kitchen.commands',
  groups: { 'kitchen-service': 'ftgo_kitchen' },
  type: CreateTicket.payload.typeName,
};
const restaurantEvents: Channel = {
  topic: 'ftgo.restaurant.events',
  groups: { 'order-service': 'ftgo_order', 'kitchen-service': 'ftgo_kitchen' },
  type: 'ftgo.restaurant.v1.RestaurantCreated',
};
const replies: Channel = {
  topic: 'ftgo.order.create-order-saga.replies',
  groups: { 'order-service': 'ftgo_order' },
  type: 'ftgo.kitchen.v1.CreateTicketReply',
};

/** A placeholder for an allowed source of the channel; with another source, the rest of the message would not be read. */
const unknownSource = '/unknown-service/poison';
const sources: Readonly<Record<string, string>> = {
  [consumerCommands.topic]: '/order-service/sagas/create-order/1',
  [kitchenCommands.topic]: '/order-service/sagas/create-order/1',
  [restaurantEvents.topic]: '/restaurant-service/restaurants/1',
  [replies.topic]: '/kitchen-service',
};

const disguised = (record: RecordToWrite): RecordToWrite =>
  record.headers?.['ce_source'] === unknownSource
    ? { ...record, headers: { ...record.headers, ce_source: sources[record.topic] ?? unknownSource } }
    : record;

const headersOf = (type: string, over: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ce_specversion: '1.0',
  ce_id: randomUUID(),
  ce_source: unknownSource,
  ce_type: type,
  ce_subject: '1',
  ce_time: new Date().toISOString(),
  'content-type': 'application/json',
  ...over,
});

const sagaHeaders = { ce_sagaid: randomUUID(), ce_sagastep: 'create ticket', ce_outcome: 'success', ce_replyto: replies.topic };
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const garbage = Buffer.from([0xff, 0x00, 0x80, 0xc3, 0x28, 0x7b, 0x22]);

/** An invalid record, without its topic and partition. */
type Poison = (channel: Channel) => Omit<RecordToWrite, 'topic' | 'partition'>;

const unreadable: Readonly<Record<string, Poison>> = {
  'bytes that are not JSON': ({ type }) => ({ key: Buffer.from('1'), value: garbage, headers: headersOf(type) }),
  'bytes that are not protobuf': ({ type }) => ({
    key: Buffer.from('1'),
    value: garbage,
    headers: headersOf(type, { 'content-type': 'application/protobuf' }),
  }),
  'the payload of another type': ({ type }) => ({
    key: Buffer.from('1'),
    value: json({ menu: 'fish', orderId: 'eleven' }),
    headers: headersOf(type),
  }),
  'no headers': () => ({ key: Buffer.from('1'), value: json({}) }),
  'no key and no value': ({ type }) => ({ headers: headersOf(type) }),
  'neither key, value nor headers': () => ({}),
  'an unknown content type': ({ type }) => ({ value: json({}), headers: headersOf(type, { 'content-type': 'text/xml' }) }),
  'a source that may not send on this channel': ({ type }) => ({
    value: json({}),
    headers: headersOf(type, { ce_source: '/somebody/else' }),
  }),
  'no source': ({ type }) => ({ value: json({}), headers: headersOf(type, { ce_source: '' }) }),
  'a sequence that is not a number': ({ type }) => ({ value: json({}), headers: headersOf(type, { ce_sequence: 'first' }) }),
};

const events: Readonly<Record<string, Poison>> = unreadable;
const commands: Readonly<Record<string, Poison>> = {
  ...unreadable,
  'an unknown reply topic': ({ type }) => ({
    value: json({
      orderId: '1',
      consumerId: '1',
      orderTotal: { currencyCode: 'USD', minorUnits: '1' },
      restaurantId: '1',
      restaurantSequence: '1',
    }),
    headers: headersOf(type, { ...sagaHeaders, ce_replyto: 'somebody.elses.topic' }),
  }),
};
/** A reply without a saga is unreadable; its payload matters only to a saga that waits for it. */
const badReplies: Readonly<Record<string, Poison>> = {
  'no headers': () => ({ value: json({}) }),
  'neither key, value nor headers': () => ({}),
  'a source that may not reply on this channel': ({ type }) => ({
    value: json({}),
    headers: headersOf(type, { ...sagaHeaders, ce_source: '/somebody/else' }),
  }),
  'no saga': ({ type }) => ({ value: json({}), headers: headersOf(type, { ce_outcome: 'success' }) }),
  'an unknown outcome': ({ type }) => ({ value: json({}), headers: headersOf(type, { ...sagaHeaders, ce_outcome: 'maybe' }) }),
  'no key and no value': ({ type }) => ({ headers: headersOf(type) }),
};

/** Writes records directly to the broker, and notes that they are in no outbox. */
async function plant(records: readonly RecordToWrite[]) {
  const places = await writeRecords(ftgo.system.broker, records.map(disguised));
  ftgo.planted.push(...places);
  return places;
}

const everywhere = ({ topic }: Channel, record: () => Omit<RecordToWrite, 'topic' | 'partition'>): RecordToWrite[] =>
  partitions.map((partition) => ({ topic, partition, ...record() }));

/** Waits until the consumer group has dead-lettered all records at these places; returns the reasons. */
async function deadLettered(
  database: string,
  group: string,
  places: ReadonlyArray<{ topic: string; partition: number; position: string }>,
) {
  const wanted = new Set(places.map(placeOf));
  const { result } = await whileInProgress(async () => {
    const rows = await ftgo.databases.rows<{ topic: string; partition: number; position: string; status: string; error: string }>(
      database,
      'SELECT topic, partition, position, status, error FROM dead_letter WHERE consumer_group = $1',
      [group],
    );
    const result = rows.filter(({ topic, partition, position }) => wanted.has(placeOf({ topic, partition, position })));
    return { isDone: result.length === wanted.size, picture: String(result.length), result };
  });
  return result;
}

async function expectNextOrdersApproved(): Promise<void> {
  // More than one per partition, so that they have to pass every invalid record.
  const consumers = await Promise.all(partitions.map(() => ftgo.aConsumer()));
  const ids = await Promise.all([...consumers, ...consumers].map((id) => ftgo.placeOrder({ consumerId: id, restaurantId })));
  await ftgo.untilApproved(ids);
  expect(await invariants(ftgo)).toEqual([]);
}

describe.each([
  { kind: 'command', ...consumerCommands, poison: commands },
  { kind: 'command', ...kitchenCommands, poison: commands },
  { kind: 'event', ...restaurantEvents, poison: events },
  { kind: 'reply', ...replies, poison: badReplies },
])('a poison $kind in $topic', ({ poison, ...channel }) => {
  test('is dead-lettered with the reason, and the next orders are approved', async () => {
    const places = await plant(Object.values(poison).flatMap((make) => everywhere(channel, () => make(channel))));
    for (const [group, database] of Object.entries(channel.groups)) {
      const rows = await deadLettered(database, group, places);
      expect(rows).toHaveLength(places.length);
      expect(
        rows.filter(({ status, error }) => !(status === 'dead' && error) && !(status === 'parked' && channel.kind === 'event')),
      ).toEqual([]);
      expect(rows.map(({ status }) => status)).toContain('dead');
    }
    await expectNextOrdersApproved();
    // A new restaurant and its menu are received too.
    await ftgo.placeOrder({ consumerId, restaurantId: await ftgo.aRestaurant() });
  });

  test('of an unknown type is skipped, and the next orders are approved', async () => {
    const places = await plant(
      everywhere(channel, () => ({
        value: json({}),
        headers: headersOf('ftgo.nobody.v1.Knows', channel.kind === 'reply' ? sagaHeaders : {}),
      })),
    );
    await expectNextOrdersApproved();
    for (const [group, database] of Object.entries(channel.groups)) {
      const offsets = places.map(placeOf);
      const kept = await ftgo.databases.rows<{ place: string }>(
        database,
        `SELECT topic || '/' || partition || '/' || position AS place FROM dead_letter WHERE consumer_group = $1`,
        [group],
      );
      expect(kept.filter(({ place }) => offsets.includes(place))).toEqual([]);
    }
  });
});

test('a command whose handler always fails is dead-lettered, and the next orders are approved', async () => {
  // A ticket that does not exist cannot be confirmed, and this command has no failure reply.
  const places = await plant(
    everywhere(kitchenCommands, () => ({
      key: Buffer.from('987654'),
      value: json({ ticketId: '987654' }),
      headers: headersOf(ConfirmCreateTicket.payload.typeName, { ...sagaHeaders, ce_sagaid: randomUUID(), ce_sagastep: 'confirm ticket' }),
    })),
  );
  const rows = await deadLettered('ftgo_kitchen', 'kitchen-service', places);
  expect(rows.map(({ status }) => status)).toEqual(places.map(() => 'dead'));
  expect(rows.map(({ error }) => error).filter((error) => !/987654/.test(error))).toEqual([]);
  await expectNextOrdersApproved();
});

test('a late reply that contradicts the effect of a message does not undo it', async () => {
  const orderId = await ftgo.placeOrder({ consumerId, restaurantId });
  await ftgo.untilApproved([orderId]);
  const [saga] = await ftgo.databases.rows<{ id: string }>(
    'ftgo_order',
    `SELECT id::text FROM saga_instance WHERE (state->>'orderId')::bigint = $1`,
    [orderId],
  );
  await plant(
    ['validate consumer', 'create ticket', 'confirm ticket', 'no such step'].flatMap((step) =>
      everywhere(replies, () => ({
        key: Buffer.from(saga?.id ?? ''),
        value: json({ code: 'CONSUMER_NOT_FOUND', detail: 'changed my mind' }),
        headers: headersOf('ftgo.common.v1.CommandRefused', { ce_sagaid: saga?.id ?? '', ce_sagastep: step, ce_outcome: 'failure' }),
      })),
    ),
  );
  await expectNextOrdersApproved();
  const ignored = await ftgo.databases.number(
    'ftgo_order',
    `SELECT count(*) AS n FROM saga_history WHERE saga_id = $1 AND event = 'ignored'`,
    [saga?.id],
  );
  expect(ignored).toBe(4 * partitions.length);
  expect((await ftgo.order(orderId)).state).toBe('APPROVED');
});

test('all services are still ready', async () => {
  for (const [app, url] of Object.entries(ftgo.system.urls))
    expect([app, (await call('GET', `${url}/health/ready`)).body]).toMatchObject([app, { status: 'up' }]);
});
