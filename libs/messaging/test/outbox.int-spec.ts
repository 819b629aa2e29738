import { messagingDatabase, PriceChanged, stockReplies, TakeStock } from '@ftgo/testing/messaging';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ContentTypes,
  event,
  eventChannel,
  jsonContentType,
  jsonPayload,
  MessageTooLarge,
  messageContext,
  NoTransaction,
  Outbox,
  occurred,
  type PayloadType,
  protobufContentType,
} from '../src/index.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let outbox: Outbox;
const price = { id: 7, version: 2 };
const changed = (cents: number) => occurred(PriceChanged, { item: 'pen', cents });

beforeAll(async () => {
  database = await messagingDatabase();
  outbox = new Outbox(database.transactions);
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('TRUNCATE outbox'));

const written = () => database.rows<Record<string, unknown>>('SELECT * FROM outbox ORDER BY position');

describe('the outbox', () => {
  it('accepts nothing outside of a transaction', () => {
    expect(() => outbox.publish(price, [changed(1)])).toThrow(NoTransaction);
  });

  it('contains exactly the messages of committed transactions', async () => {
    await database.transactions.run(async () => outbox.publish(price, [changed(1), changed(2)]));
    const failed = database.transactions.run(async () => {
      outbox.publish(price, [changed(3)]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await written()).map((row) => String(row['payload']))).toEqual(['{"item":"pen","cents":1}', '{"item":"pen","cents":2}']);
  });

  it('discards what was sent after a savepoint that was rolled back, and keeps the rest', async () => {
    await database.transactions.run(async (transaction) => {
      outbox.publish(price, [changed(1)]);
      const part = transaction.savepoint(async () => {
        outbox.publish(price, [changed(2)]);
        throw new Error('part');
      });
      await expect(part).rejects.toThrow('part');
      outbox.publish(price, [changed(3)]);
    });
    expect((await written()).map((row) => String(row['payload']))).toEqual(['{"item":"pen","cents":1}', '{"item":"pen","cents":3}']);
  });

  it('numbers the events of an aggregate by its version', async () => {
    await database.transactions.run(async () => outbox.publish(price, [changed(1), changed(2)]));
    expect((await written()).map(({ sequence, source, subject, partition_key }) => [sequence, source, subject, partition_key])).toEqual([
      ['00000000000000000001', '/price-service/prices/7', '7', '7'],
      ['00000000000000000002', '/price-service/prices/7', '7', '7'],
    ]);
  });

  it('gives each message an id with its creation time, and all attributes', async () => {
    const before = Date.now();
    await database.transactions.run(async () => outbox.publish(price, [changed(1), changed(2)]));
    const rows = await written();
    const madeAt = rows.map(({ id }) => Number.parseInt(String(id).replaceAll('-', '').slice(0, 12), 16));
    expect(rows.map(({ id }) => String(id)[14])).toEqual(['7', '7']);
    expect(madeAt.filter((at) => at < before - 1_000 || at > Date.now() + 1_000)).toEqual([]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
    expect(rows[0]).toMatchObject({
      topic: 'shop.price.events',
      type: 'shop.v1.PriceChanged',
      content_type: 'application/json',
      data_schema: 'test:shop.v1.PriceChanged',
      time: expect.any(Date) as Date,
      extensions: null,
    });
  });

  it('writes each topic in its configured content type', async () => {
    const encoded: PayloadType<object> = { ...PriceChanged.payload, encode: (_, contentType) => Buffer.from(contentType) };
    const written = async (contentTypes: ContentTypes) => {
      await database.pool.query('TRUNCATE outbox');
      const event = { ...PriceChanged, payload: encoded };
      await database.transactions.run(async () => new Outbox(database.transactions, contentTypes).publish(price, [occurred(event, {})]));
      const [row] = await database.rows<{ content_type: string; payload: Buffer }>('SELECT content_type, payload FROM outbox');
      return [row?.content_type, String(row?.payload)];
    };
    expect(await written({})).toEqual([jsonContentType, jsonContentType]);
    expect(await written({ 'shop.price.events': protobufContentType })).toEqual([protobufContentType, protobufContentType]);
    expect(await written({ '*': protobufContentType, 'shop.price.events': jsonContentType })).toEqual([jsonContentType, jsonContentType]);
    expect(await written({ '*': protobufContentType, 'another.topic': jsonContentType })).toEqual([
      protobufContentType,
      protobufContentType,
    ]);
  });

  it('records the sender of a command, and its cause', async () => {
    const context = {
      correlationId: 'request-1',
      causationId: 'event-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const sender = { source: '/order-service/sagas/buy/s1', extensions: { ce_tenant: 't1' }, replyTo: stockReplies };
    await messageContext.run(context, () =>
      database.transactions.run(async () => outbox.send(TakeStock, { item: 'pen', quantity: 1 }, sender)),
    );
    expect((await written())[0]).toMatchObject({
      topic: 'shop.stock.commands',
      partition_key: 'pen',
      extensions: { ce_tenant: 't1', ce_replyto: 'shop.order.replies' },
      correlation_id: 'request-1',
      causation_id: 'event-1',
      traceparent: context.traceparent,
      sequence: null,
    });
  });

  it('rejects a message over the limit of its channel when it is written', async () => {
    const small = event(eventChannel('small', { source: '/s', maxMessageBytes: 2_000 }), jsonPayload<{ text: string }>('small.v1.Said'));
    const sendBytes = (length: number) =>
      database.transactions.run(async () => outbox.publish(price, [occurred(small, { text: 'x'.repeat(length) })]));
    await sendBytes(900);
    await expect(sendBytes(1_100)).rejects.toThrow(MessageTooLarge);
    const laden = { correlationId: 'c'.repeat(600), causationId: 'event-1' };
    await expect(messageContext.run(laden, () => sendBytes(900))).rejects.toThrow(MessageTooLarge);
    expect(await written()).toHaveLength(1);
  });
});
