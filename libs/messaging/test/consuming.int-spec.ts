import { randomBytes } from 'node:crypto';
import {
  messagingDatabase,
  PriceChanged,
  priceChanged,
  priceEvents,
  record,
  refusal,
  SoldOut,
  stockCommands,
  stockReplies,
  TakeStock,
  takeStock,
} from '@ftgo/testing/messaging';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { header, type ReceivedRecord } from '../src/broker/index.js';
import { ConcurrentUpdate, type Handler, NotYet, Outbox, PgSessions, Transactions } from '../src/index.js';
import type { MessagingLogger } from '../src/telemetry/index.js';
import { Processing } from './processing.js';

const group = 'stock-service';
const silent: MessagingLogger = { log: () => undefined, warn: () => undefined, error: () => undefined };
const never = new AbortController().signal;

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let pool: pg.Pool;
let transactions: Transactions;
let outbox: Outbox;

beforeAll(async () => {
  database = await messagingDatabase();
  ({ pool, transactions } = database);
  await pool.query('CREATE TABLE stock (item text PRIMARY KEY, quantity int NOT NULL CHECK (quantity >= 0))');
  await pool.query('CREATE TABLE price (item text PRIMARY KEY, cents int NOT NULL, changes int NOT NULL DEFAULT 1)');
  outbox = new Outbox(transactions);
});

afterAll(async () => {
  await database.close();
});

beforeEach(async () => {
  await pool.query('TRUNCATE stock, price, outbox, inbox, dead_letter');
  await pool.query(`INSERT INTO stock VALUES ('pen', 10), ('ink', 1)`);
});

const takeFromStock = async ({ item, quantity }: TakeStock): Promise<{ left: number }> => {
  const { rows } = await transactions.current('stock').query<{ quantity: number }>({
    text: 'SELECT quantity FROM stock WHERE item = $1 FOR UPDATE',
    values: [item],
  });
  const left = (rows[0]?.quantity ?? 0) - quantity;
  await transactions.current('stock').query({ text: 'UPDATE stock SET quantity = greatest($2, 0) WHERE item = $1', values: [item, left] });
  if (left < 0) throw new SoldOut(item);
  return { left };
};

const notePrice = async ({ item, cents }: PriceChanged): Promise<void> => {
  await transactions.current('price').query({
    text: 'INSERT INTO price (item, cents) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET cents = $2, changes = price.changes + 1',
    values: [item, cents],
  });
};

const unreadable = () => record(stockCommands.topic, TakeStock.payload.typeName, '{oops');
/** Both are returned in the reply. */
const laden = { ce_sagaid: 's'.repeat(550_000), [header.correlationId]: 'c'.repeat(400_000) };

interface Overrides {
  transactions?: Transactions;
  priceChanged?: typeof PriceChanged;
  takeStock?: typeof TakeStock;
  take?: (command: TakeStock) => Promise<unknown>;
  note?: (event: PriceChanged) => Promise<void>;
  independentPerKey?: boolean;
}

function processor(
  { take = takeFromStock, note = notePrice, independentPerKey = false, ...others }: Overrides = {},
  deferralLimitMs = 30_000,
): Processing {
  const handlers: Handler[] = [
    {
      kind: 'command',
      type: others.takeStock ?? TakeStock,
      name: 'Stock.take',
      handle: (message) => take(message.payload as TakeStock),
    },
    {
      kind: 'event',
      type: others.priceChanged ?? PriceChanged,
      name: 'Prices.note',
      independentPerKey,
      handle: (message) => note(message.payload as PriceChanged),
    },
  ];
  return processing({ handlers, deferralLimitMs, transactions: others.transactions ?? transactions });
}

const processing = (
  options: Pick<ConstructorParameters<typeof Processing>[0], 'handlers'> & Partial<ConstructorParameters<typeof Processing>[0]>,
) =>
  new Processing({
    transactions,
    refusal,
    replyChannels: [stockReplies],
    source: '/stock-service',
    outbox,
    group,
    logger: silent,
    ...options,
  });

const batch = (records: ReceivedRecord[], signal = never) => ({
  topic: records[0]?.topic ?? '',
  partition: 0,
  records,
  signal,
});
const rows = async <T>(sql: string): Promise<T[]> => (await pool.query(sql)).rows as T[];
const pens = async (): Promise<number> =>
  (await rows<{ quantity: number }>(`SELECT quantity FROM stock WHERE item = 'pen'`))[0]?.quantity ?? -1;
const deadLetters = () =>
  rows<{ status: string; error: string; handler: string | null }>('SELECT status, error, handler FROM dead_letter ORDER BY id');
const replies = () =>
  rows<{ outcome: string; body: string; saga_step: string }>(
    `SELECT extensions->>'ce_outcome' AS outcome, convert_from(payload, 'UTF8') AS body, extensions->>'ce_sagastep' AS saga_step
      FROM outbox ORDER BY position`,
  );

describe('consuming', () => {
  it('executes and replies to each command of a batch', async () => {
    await processor().process(batch([takeStock({ item: 'pen', quantity: 3 }), takeStock({ item: 'pen', quantity: 2 })]));
    expect(await pens()).toBe(5);
    expect(await replies()).toEqual([
      { outcome: 'success', body: '{"left":7}', saga_step: 'take stock' },
      { outcome: 'success', body: '{"left":5}', saga_step: 'take stock' },
    ]);
  });

  it('treats a header without a value as absent', async () => {
    await processor().process(batch([takeStock({ item: 'pen', quantity: 3 }, { ce_replyto: '', [header.contentType]: '' })]));
    expect(await pens()).toBe(7);
    expect(await replies()).toEqual([]);
    expect(await deadLetters()).toEqual([]);
  });

  it('reads JSON and protobuf side by side', async () => {
    const read: string[] = [];
    const payload: typeof PriceChanged.payload = {
      ...PriceChanged.payload,
      decode(bytes, contentType) {
        read.push(contentType);
        return PriceChanged.payload.decode(bytes, contentType);
      },
    };
    const both = ['application/json', 'application/protobuf'];
    const handlers: Handler[] = [{ kind: 'event', type: { ...PriceChanged, payload }, name: 'Prices.note', handle: async () => undefined }];
    const prices = processing({ handlers });
    await prices.process(batch(both.map((contentType) => priceChanged({ item: 'pen', cents: 1 }, { [header.contentType]: contentType }))));
    expect(read).toEqual(both);
    expect(prices.counts).toMatchObject({ handled: 2, dead: 0 });
  });

  it('ignores a duplicate, in the same batch or a later one', async () => {
    const take = takeStock({ item: 'pen', quantity: 3 });
    const stock = processor();
    await stock.process(batch([take, take]));
    await stock.process(batch([take]));
    expect(await pens()).toBe(7);
    expect(await replies()).toHaveLength(1);
    expect(stock.counts).toMatchObject({ handled: 1, duplicates: 2 });
  });

  it('executes a message once if two consumers have it at the same time', async () => {
    const takes = Array.from({ length: 8 }, () => takeStock({ item: 'pen', quantity: 1 }));
    await Promise.all([processor(), processor(), processor()].map((one) => one.process(batch(takes))));
    expect(await pens()).toBe(2);
    expect(await replies()).toHaveLength(8);
  });

  it('recognises a message without an id by its place', async () => {
    const event = priceChanged({ item: 'pen', cents: 5 });
    const anonymous = { ...event, headers: new Map([...event.headers].filter(([name]) => name !== header.id)) };
    await processor().process(batch([anonymous, anonymous]));
    expect(await rows('SELECT changes FROM price')).toEqual([{ changes: 1 }]);
  });

  it('does not reply to a notification, even one that asks for a reply', async () => {
    await processor({ takeStock: { ...TakeStock, reply: undefined } }).process(batch([takeStock({ item: 'pen', quantity: 3 })]));
    expect(await pens()).toBe(7);
    expect(await replies()).toEqual([]);
  });

  it('replies to a broken rule with a failure and no other effects, and keeps the rest of the batch', async () => {
    await processor().process(batch([takeStock({ item: 'ink', quantity: 2 }), takeStock({ item: 'pen', quantity: 1 })]));
    expect(await rows('SELECT item, quantity FROM stock ORDER BY item')).toEqual([
      { item: 'ink', quantity: 1 },
      { item: 'pen', quantity: 9 },
    ]);
    expect((await replies()).map((reply) => [reply.outcome, reply.body])).toEqual([
      ['failure', '{"code":"SOLD_OUT","detail":"ink is sold out"}'],
      ['success', '{"left":9}'],
    ]);
  });

  it('dead-letters a poison command without a reply, and executes all others', async () => {
    const take = async (command: TakeStock) => {
      await takeFromStock(command);
      if (command.quantity === 4) throw new TypeError('a bug');
      return { left: 0 };
    };
    await processor({ take }).process(batch([1, 4, 2].map((quantity) => takeStock({ item: 'pen', quantity }))));
    expect(await pens()).toBe(7);
    expect(await replies()).toHaveLength(2);
    expect(await deadLetters()).toEqual([{ status: 'dead', error: 'TypeError: a bug', handler: 'Stock.take' }]);
  });

  it('dead-letters a command whose error code its contract does not list, since that is a bug', async () => {
    const strict = { ...TakeStock, refusals: [] };
    const handlers: Handler[] = [{ kind: 'command', type: strict, name: 'Stock.take', handle: () => Promise.reject(new SoldOut('pen')) }];
    await processing({ handlers }).process(batch([takeStock({ item: 'pen', quantity: 1 })]));
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['dead']);
    expect(await replies()).toEqual([]);
  });

  it.each([
    ['a payload that is not JSON', () => record(stockCommands.topic, TakeStock.payload.typeName, '{oops')],
    ['a payload of NULs', () => record(stockCommands.topic, TakeStock.payload.typeName, '\0\0\0')],
    ['a record without a type', () => ({ ...takeStock({ item: 'pen', quantity: 1 }), headers: new Map<string, Buffer>() })],
    ['an unknown content type', () => takeStock({ item: 'pen', quantity: 1 }, { [header.contentType]: 'text/xml' })],
    ['a reply to an undeclared topic', () => takeStock({ item: 'pen', quantity: 1 }, { ce_replyto: 'made.up' })],
    ['a sequence that is not a number', () => takeStock({ item: 'pen', quantity: 1 }, { [header.sequence]: 'first' })],
    ['a record with a key that is too long for an index', () => ({ ...unreadable(), key: randomBytes(10_000) })],
    ['a header name that Postgres rejects', () => ({ ...unreadable(), headers: new Map([['a\0b', Buffer.from('c')]]) })],
    ['a command whose headers would make its reply too large', () => takeStock({ item: 'pen', quantity: 1 }, laden)],
  ])('dead-letters %s immediately and continues', async (_what, poison) => {
    await processor().process(batch([poison(), takeStock({ item: 'pen', quantity: 1 })]));
    expect(await pens()).toBe(9);
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['dead']);
  });

  it('dead-letters a record without a value, although an empty one may be a message', async () => {
    const payload = { ...PriceChanged.payload, decode: () => ({ item: 'pen', cents: 0 }) };
    const prices = processor({ priceChanged: { ...PriceChanged, payload } });
    await prices.process(batch([{ ...priceChanged({ item: 'ink', cents: 1 }), value: undefined }]));
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['dead']);
    await prices.process(batch([{ ...priceChanged({ item: 'pen', cents: 1 }), value: Buffer.alloc(0) }]));
    expect(await rows('SELECT cents FROM price')).toEqual([{ cents: 0 }]);
  });

  it('does not count a message as handled if its handler swallowed the error of a statement', async () => {
    const note = async () => {
      await transactions
        .current('price')
        .query({ text: 'SELECT 1 / 0' })
        .catch(() => undefined);
    };
    await processor({ note }).process(batch([priceChanged({ item: 'pen', cents: 1 })]));
    expect((await deadLetters()).map(({ error }) => error)).toEqual([expect.stringContaining('cannot commit')]);
  });

  it('skips a type without a handler', async () => {
    const stock = processor();
    await stock.process(batch([record(priceEvents.topic, 'shop.v1.PriceForgotten', {}), priceChanged({ item: 'pen', cents: 7 })]));
    expect(await rows('SELECT cents FROM price')).toEqual([{ cents: 7 }]);
    expect(stock.counts.unknownTypes).toBe(1);
    expect(await deadLetters()).toEqual([]);
  });

  it('reads a content type with parameters', async () => {
    await processor().process(
      batch([priceChanged({ item: 'pen', cents: 9 }, { [header.contentType]: 'application/json; charset=utf-8' })]),
    );
    expect(await rows('SELECT cents FROM price')).toEqual([{ cents: 9 }]);
  });
});

describe('events that are independent per key', () => {
  const keyed = (item: string, cents: number) => ({ ...priceChanged({ item, cents }), key: Buffer.from(item) });
  const pens = Array.from({ length: 10 }, (_, i) => keyed('pen', i + 1));
  const inks = Array.from({ length: 10 }, (_, i) => keyed('ink', i + 1));

  it('run concurrently, and those with the same key in order', async () => {
    const begun: string[] = [];
    const ended: string[] = [];
    const note = async (event: PriceChanged) => {
      begun.push(`${event.item} ${event.cents}`);
      // Later events are faster, so that overtaking would be detected.
      for (let i = event.cents; i < 12; i++) await transactions.current('price').query({ text: 'SELECT 1' });
      await notePrice(event);
      ended.push(`${event.item} ${event.cents}`);
    };
    await processor({ note, independentPerKey: true }).process(batch([...pens, ...inks]));
    expect(begun.slice(0, 2)).toEqual(['pen 1', 'ink 1']);
    const inOrder = (item: string) => Array.from({ length: 10 }, (_, i) => `${item} ${i + 1}`);
    expect(ended.filter((text) => text.startsWith('pen'))).toEqual(inOrder('pen'));
    expect(ended.filter((text) => text.startsWith('ink'))).toEqual(inOrder('ink'));
  });

  it('dead-letter only the poison event, and park those behind it', async () => {
    const note = (event: PriceChanged) =>
      event.item === 'pen' && event.cents === 5 ? Promise.reject(new Error('a bug')) : notePrice(event);
    await processor({ note, independentPerKey: true }).process(batch([...pens, ...inks]));
    expect(await rows('SELECT item, cents, changes FROM price ORDER BY item')).toEqual([
      { item: 'ink', cents: 10, changes: 10 },
      { item: 'pen', cents: 4, changes: 4 },
    ]);
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['dead', ...Array.from({ length: 5 }, () => 'parked')]);
  });
});

describe('a command that is too early', () => {
  const due = () => pool.query('UPDATE dead_letter SET due_at = now()');
  const partition = { topic: stockCommands.topic, partition: 0 };

  it('is redelivered, and executed once it is possible', async () => {
    let delivered = false;
    const take = (command: TakeStock) => (delivered ? takeFromStock(command) : Promise.reject(new NotYet(new SoldOut('pen'))));
    const stock = processor({ take });
    await stock.process(batch([takeStock({ item: 'pen', quantity: 1 })]));
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['deferred']);
    expect(await replies()).toEqual([]);

    await due();
    await stock.processDue(partition, true);
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['deferred']);

    delivered = true;
    await due();
    await stock.processDue(partition, true);
    expect(await deadLetters()).toEqual([]);
    expect((await replies()).map(({ outcome }) => outcome)).toEqual(['success']);
    expect(await pens()).toBe(9);
  });

  it('is rejected at its time limit, which excludes time in which events lagged', async () => {
    const stock = processor({ take: () => Promise.reject(new NotYet(new SoldOut('pen'))) }, 400);
    await stock.process(batch([takeStock({ item: 'pen', quantity: 1 })]));
    for (let i = 0; i < 5; i++) {
      await due();
      await stock.processDue(partition, false);
    }
    expect(await replies()).toEqual([]);
    for (let i = 0; i < 2; i++) {
      await due();
      await stock.processDue(partition, true);
    }
    expect((await replies()).map(({ body }) => body)).toEqual(['{"code":"SOLD_OUT","detail":"pen is sold out"}']);
    expect(await deadLetters()).toEqual([]);
  });

  it('has as many attempts as any other if it then meets a bug', async () => {
    let calls = 0;
    const take = (command: TakeStock) => {
      if (++calls <= 8) return Promise.reject(new NotYet(new SoldOut('pen')));
      return calls <= 10 ? Promise.reject(new TypeError('an intermittent bug')) : takeFromStock(command);
    };
    const stock = processor({ take });
    await stock.process(batch([takeStock({ item: 'pen', quantity: 1 })]));
    for (let attempt = 0; attempt < 20 && (await deadLetters())[0]?.status === 'deferred'; attempt++) {
      await due();
      await stock.processDue(partition, true);
    }
    expect(await deadLetters()).toEqual([]);
    expect(await pens()).toBe(9);
  });

  it('is dead-lettered if it fails every time', async () => {
    let calls = 0;
    const take = () => Promise.reject(++calls === 1 ? new NotYet(new SoldOut('pen')) : new TypeError('a bug'));
    const stock = processor({ take });
    await stock.process(batch([takeStock({ item: 'pen', quantity: 1 })]));
    for (let attempt = 0; attempt < 10; attempt++) {
      await pool.query(`UPDATE dead_letter SET due_at = now() WHERE status = 'deferred'`);
      await stock.processDue(partition, true);
    }
    expect((await deadLetters()).map(({ status, error }) => [status, error])).toEqual([['dead', 'TypeError: a bug']]);
    expect(calls).toBe(1 + 5);
    expect(stock.counts).toMatchObject({ deferred: 1, dead: 1 });
  });

  it('does not block the commands behind it', async () => {
    const take = (command: TakeStock) => (command.item === 'ink' ? Promise.reject(new NotYet(new SoldOut('ink'))) : takeFromStock(command));
    await processor({ take }).process(batch([takeStock({ item: 'ink', quantity: 1 }), takeStock({ item: 'pen', quantity: 1 })]));
    expect(await pens()).toBe(9);
  });
});

describe('an outage', () => {
  it('of the database dead-letters nothing and loses nothing', async () => {
    const events = Array.from({ length: 20 }, (_, i) => priceChanged({ item: `item-${i}`, cents: i }));
    let cut = true;
    const note = async (event: PriceChanged) => {
      await notePrice(event);
      if (cut && event.item === 'item-10') {
        cut = false;
        await transactions.current('cut').query({ text: 'SELECT pg_terminate_backend(pg_backend_pid())' });
      }
    };
    const prices = processor({ note });
    await expect(prices.process(batch(events))).rejects.toThrow();
    expect(await rows('SELECT count(*)::int AS n FROM price')).toEqual([{ n: 0 }]);
    await prices.process(batch(events));
    expect(await rows('SELECT count(*)::int AS n, max(changes) AS most FROM price')).toEqual([{ n: 20, most: 1 }]);
    expect(await deadLetters()).toEqual([]);
  });

  it('does not count as a fault of a message that is handled alone', async () => {
    let calls = 0;
    const note = async (event: PriceChanged) => {
      if (event.item === 'bad') throw new Error('a bug');
      if (++calls < 8) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      await notePrice(event);
    };
    const prices = processor({ note });
    const records = [priceChanged({ item: 'bad', cents: 1 }), priceChanged({ item: 'pen', cents: 1 })];
    while (calls < 8) await prices.process(batch(records)).catch(() => undefined);
    expect(await rows('SELECT item FROM price')).toEqual([{ item: 'pen' }]);
    expect((await deadLetters()).map(({ status }) => status)).toEqual(['dead']);
  });
});

describe('a database that rejects all logins', () => {
  it('for a moment delays the message, which is not dead-lettered', async () => {
    const nowhere = new pg.Pool({ connectionString: pool.options.connectionString?.replace(/[^/]+$/, 'no_such_database') });
    let tries = 0;
    const elsewhere = new Transactions({ acquire: () => new PgSessions(++tries <= 6 ? nowhere : pool).acquire() });
    const note = async ({ item, cents }: PriceChanged) => {
      await elsewhere.current('price').query({ text: 'INSERT INTO price (item, cents) VALUES ($1, $2)', values: [item, cents] });
    };
    const prices = processor({ note, transactions: elsewhere });
    const records = [priceChanged({ item: 'pen', cents: 1 })];
    while (tries <= 6) await prices.process(batch(records)).catch(() => undefined);
    await nowhere.end();
    expect(await deadLetters()).toEqual([]);
    expect(await rows('SELECT item FROM price')).toEqual([{ item: 'pen' }]);
  });
});

describe('a database that is too slow', () => {
  it.each([
    ['cancels a statement', `SET LOCAL statement_timeout = '20ms'`, 'SELECT pg_sleep(1)'],
    ['times out lock requests', `SET LOCAL lock_timeout = '20ms'`, `UPDATE stock SET quantity = 0 WHERE item = 'ink'`],
  ])('and %s delays the message, which is not dead-lettered', async (_what, limit, statement) => {
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query(`SELECT FROM stock WHERE item = 'ink' FOR UPDATE`);
    let calls = 0;
    const note = async (event: PriceChanged) => {
      if (event.item === 'bad') throw new Error('a bug');
      if (++calls < 8) {
        await transactions.current('slow').query({ text: limit });
        await transactions.current('slow').query({ text: statement });
      }
      await notePrice(event);
    };
    const prices = processor({ note });
    const records = [priceChanged({ item: 'bad', cents: 1 }), priceChanged({ item: 'pen', cents: 1 })];
    for (let tries = 0; tries < 20 && calls < 8; tries++) await prices.process(batch(records)).catch(() => undefined);
    await other.query('ROLLBACK');
    other.release();
    expect(await rows('SELECT item FROM price')).toEqual([{ item: 'pen' }]);
    expect((await deadLetters()).map(({ error }) => error)).toEqual(['Error: a bug']);
  });
});

describe('conflicting transactions', () => {
  it('are rerun, and no message is dead-lettered because of them', async () => {
    await pool.query(`INSERT INTO price VALUES ('a', 0), ('b', 0)`);
    let waiting = 0;
    let release: () => void;
    const bothHaveTheirFirst = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Each handler has locked one row before either requests the other's: a deadlock, the first time.
    const note = async (event: PriceChanged) => {
      await notePrice(event);
      if (++waiting === 2) release();
      if (waiting <= 2) await bothHaveTheirFirst;
    };
    const one = [priceChanged({ item: 'a', cents: 1 }), priceChanged({ item: 'b', cents: 1 })];
    const other = [priceChanged({ item: 'b', cents: 2 }), priceChanged({ item: 'a', cents: 2 })];
    await Promise.all([processor({ note }).process(batch(one)), processor({ note }).process(batch(other))]);
    expect(await rows('SELECT item, changes FROM price ORDER BY item')).toEqual([
      { item: 'a', changes: 3 },
      { item: 'b', changes: 3 },
    ]);
    expect(await deadLetters()).toEqual([]);
  });

  it('dead-letter no message, however often they conflict', async () => {
    let conflicts = 0;
    const note = async (event: PriceChanged) => {
      if (conflicts++ < 15) throw new ConcurrentUpdate('the stream has grown');
      await notePrice(event);
    };
    await processor({ note }).process(batch([priceChanged({ item: 'pen', cents: 3 })]));
    expect(await rows('SELECT cents FROM price')).toEqual([{ cents: 3 }]);
    expect(await deadLetters()).toEqual([]);
  });
});
