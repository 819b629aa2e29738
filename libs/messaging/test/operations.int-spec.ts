import { messagingDatabase, PriceChanged } from '@ftgo/testing/messaging';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { header, type ReceivedRecord } from '../src/broker/index.js';
import { DeadLetters } from '../src/dead-letters/dead-letters.js';
import { Outbox, occurred } from '../src/index.js';
import { DeadLetterReader, OutboxReader } from '../src/operations.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;

beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.pool.query('TRUNCATE outbox, relay_checkpoint, dead_letter RESTART IDENTITY'));

describe('the operators’ view of dead letters', () => {
  const messages = new DeadLetters('stock-service');
  let position = 0;

  const record = (key: string, headers: Record<string, string> = {}): ReceivedRecord => ({
    topic: 'shop.stock.commands',
    partition: 0,
    position: String(++position),
    key: Buffer.from(key),
    value: Buffer.from('secret'),
    headers: new Map(Object.entries({ [header.id]: uuidv7(), ...headers }).map(([name, value]) => [name, Buffer.from(value)])),
  });
  const add = (record: ReceivedRecord, status: 'deferred' | 'dead' = 'dead') =>
    database.transactions.run((transaction) =>
      messages.add(transaction, record, { status, handler: 'Stock.take', error: 'Error: no shelf', attempts: 5 }),
    );
  const reader = () => new DeadLetterReader(database.transactions);

  it('lists those that wait or need an operator, without their content', async () => {
    await add(record('pen', { [header.type]: 'shop.v1.TakeStock', ce_sagaid: 's1', ce_sagastep: 'take stock' }));
    await add(record('ink'), 'deferred');
    await database.pool.query(`UPDATE dead_letter SET status = 'discarded' WHERE key = 'ink'`);
    const [found, ...others] = await reader().list();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      id: '1',
      group: 'stock-service',
      status: 'dead',
      topic: 'shop.stock.commands',
      key: 'pen',
      type: 'shop.v1.TakeStock',
      extensions: { ce_sagaid: 's1', ce_sagastep: 'take stock' },
      handler: 'Stock.take',
      error: 'Error: no shelf',
      attempts: 5,
      payloadBytes: 6,
    });
    expect(JSON.stringify(found)).not.toContain('secret');
    expect((await reader().list({ statuses: ['discarded'] })).map(({ key }) => key)).toEqual(['ink']);
    expect((await reader().find('1'))?.payload.toString()).toBe('secret');
    expect(await reader().find('99')).toBeUndefined();
  });

  it('finds them by an extension header, by their request, and by their key where the key names the owner', async () => {
    await add(record('a', { ce_sagaid: 's1' }));
    await add(record('b', { [header.correlationId]: 'r1' }));
    await add(record('7'));
    await add(record('8', { ce_sagaid: 's2', [header.correlationId]: 'r2' }));
    const headers = { ce_sagaid: ['s1'], [header.correlationId]: ['r1'] };
    const about = { headers, key: '7', topics: ['shop.stock.commands'] };
    expect((await reader().list({ about })).map(({ key }) => key)).toEqual(['a', 'b', '7']);
    expect((await reader().list({ about: { ...about, topics: ['elsewhere'] } })).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  it('includes those that cannot be decoded at all', async () => {
    await add({ ...record(''), key: undefined, value: undefined, headers: new Map([['x', Buffer.from([0xff, 0x00])]]) });
    expect(await reader().list()).toMatchObject([{ key: undefined, type: undefined, payloadBytes: 0 }]);
  });
});

describe('the operators’ view of an outbox', () => {
  const reader = () => new OutboxReader(database.transactions);
  const checkpoint = () =>
    database.pool.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, proof)
        SELECT 'r', '0/0', pg_current_snapshot(), system_identifier, '{}' FROM pg_control_system()`,
    );

  async function publish(cents: number): Promise<string> {
    const outbox = new Outbox(database.transactions);
    await database.transactions.run(async () =>
      outbox.publish({ id: 7, version: cents }, [occurred(PriceChanged, { item: 'pen', cents })]),
    );
    const [row] = await database.rows<{ id: string }>('SELECT id FROM outbox ORDER BY position DESC LIMIT 1');
    return row?.id ?? '';
  }

  it('shows which messages the relay has proved to be published', async () => {
    const before = await publish(1);
    await checkpoint();
    const after = await publish(2);
    const type = PriceChanged.payload.typeName;
    expect(await reader().find(before, new Date())).toEqual({ topic: 'shop.price.events', type, isPublished: true });
    expect(await reader().find(after, new Date())).toMatchObject({ isPublished: false });
    expect(await reader().unpublished()).toBe(1);
    expect(await reader().find(uuidv7(), new Date())).toBeUndefined();
  });

  it('shows what a lagging relay has still to publish, the oldest first, and nothing while it keeps up', async () => {
    await checkpoint();
    const [first, second] = [await publish(1), await publish(2)];
    const { state, unpublished, waiting, oldestAgeSeconds } = await reader().state();
    expect([state, unpublished, waiting.map(({ id, key }) => [id, key])]).toEqual([
      'no relay',
      2,
      [
        [first, '7'],
        [second, '7'],
      ],
    ]);
    expect(oldestAgeSeconds).toBeGreaterThanOrEqual(0);
    const read = { read: () => Promise.resolve({ checkpointAgeSeconds: 1, isRead: true, lagBytes: 0 }) };
    expect(await new OutboxReader(database.transactions, read).state()).toMatchObject({ state: 'publishing', waiting: [] });
    const stuck = { read: () => Promise.resolve({ checkpointAgeSeconds: 6, isRead: true, lagBytes: 0 }) };
    expect(await new OutboxReader(database.transactions, stuck).state()).toMatchObject({ state: 'lagging', unpublished: 2 });
  });

  it('shows nothing as proved while a backfill is pending, and the rows of another server once it is done', async () => {
    await publish(1);
    await database.pool.query(`UPDATE outbox SET xid = '9000000000000'`);
    await checkpoint();
    expect(await reader().unpublished()).toBe(1);
    await database.pool.query(`UPDATE relay_checkpoint SET (restored_position, restored_created_at, restored_xid) =
      (SELECT max(position), max(created_at), '8000000000000'::xid8 FROM outbox)`);
    expect(await reader().unpublished()).toBe(0);
    await database.pool.query('UPDATE relay_checkpoint SET backfill_pending = true');
    expect(await reader().unpublished()).toBe(1);
  });

  it('shows all messages as unpublished if no relay has ever led', async () => {
    await publish(1);
    await publish(2);
    expect(await reader().unpublished()).toBe(2);
    expect(await reader().progress()).toBeUndefined();
  });
});
