import { eventually } from '@ftgo/testing';
import {
  messagingDatabase,
  PriceChanged,
  priceChanged,
  record,
  refusal,
  stockReplies,
  TakeStock,
  takeStock,
} from '@ftgo/testing/messaging';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { header, type ReceivedRecord } from '../src/broker/index.js';
import { type Handler, MessageRejected, Outbox, Undecodable } from '../src/index.js';
import { DeadLetterActions, DeadLetterReader, OperatorActions } from '../src/operations.js';
import { Processing } from './processing.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
const operator = { name: 'olga', isVerified: false };

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let acts: DeadLetterActions;
let letters: DeadLetterReader;
/** Prices that the handler cannot handle, until it is fixed. */
const poison = new Set<number>();
/** Prices that the handler rejects as forged. */
const forged = new Set<number>();

beforeAll(async () => {
  database = await messagingDatabase();
  const { transactions, pool } = database;
  await pool.query('CREATE TABLE price_change (id serial, item text NOT NULL, cents int NOT NULL)');
  acts = new DeadLetterActions(transactions, new OperatorActions(transactions));
  letters = new DeadLetterReader(transactions);
});
afterAll(() => database.close());
beforeEach(reset);

async function reset(): Promise<void> {
  await database.pool.query('TRUNCATE price_change, outbox, inbox, dead_letter, operator_action RESTART IDENTITY');
  poison.clear();
  forged.clear();
}

/** @param isPatient whether what fails is tried five times, within a second */
function consumer(isPatient = true): Processing {
  const { transactions } = database;
  const handlers: Handler[] = [
    {
      kind: 'event',
      type: PriceChanged,
      name: 'Prices.note',
      async handle({ payload }) {
        const { item, cents } = payload as PriceChanged;
        if (forged.has(cents)) throw new MessageRejected('sequence', 'too far ahead');
        const text = 'INSERT INTO price_change (item, cents) VALUES ($1, $2)';
        await transactions.current('price').query({ text, values: [item, cents] });
        if (poison.has(cents)) throw isPatient ? new Error(`cannot handle ${cents}`) : new Undecodable(`cannot read ${cents}`);
      },
    },
    {
      kind: 'command',
      type: TakeStock,
      name: 'Stock.take',
      async handle({ payload }) {
        const { item, quantity } = payload as TakeStock;
        if (poison.has(quantity)) throw new Error(`cannot take ${quantity}`);
        await transactions
          .current('stock')
          .query({ text: 'INSERT INTO price_change (item, cents) VALUES ($1, $2)', values: [item, quantity] });
        return { left: 0 };
      },
    },
  ];
  const outbox = new Outbox(transactions);
  return new Processing({
    transactions,
    refusal,
    replyChannels: [stockReplies],
    source: '/stock',
    outbox,
    group: 'prices',
    logger: silent,
    handlers,
  });
}

const changed = (item: string, cents: number): ReceivedRecord => priceChanged({ item, cents });
const batchOf = (records: readonly ReceivedRecord[]) => ({
  topic: records[0]?.topic ?? '',
  partition: 0,
  records: [...records],
  signal: new AbortController().signal,
});
const partition = { topic: changed('pen', 1).topic, partition: 0 };
const handled = async (item: string) =>
  (await database.rows<{ cents: number }>('SELECT cents FROM price_change WHERE item = $1 ORDER BY id', [item])).map(({ cents }) => cents);
const stored = async () =>
  (await database.rows<{ status: string }>('SELECT status FROM dead_letter ORDER BY id')).map(({ status }) => status);
/** Resolves when a statement waits for a lock of this type. */
const waitingFor = (locktype: string) =>
  eventually(async () =>
    expect(
      await database.rows(
        'SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND locktype = $1 AND datname = current_database()',
        [locktype],
      ),
    ).not.toEqual([]),
  );
const redriveAll = () => acts.redrive({ handler: 'Prices.note' }, operator);

describe('after a dead event', () => {
  it('later events with its key wait, and those with other keys do not', async () => {
    poison.add(2);
    const prices = consumer();
    await prices.process(batchOf([changed('pen', 1), changed('pen', 2), changed('ink', 3), changed('pen', 4)]));
    await prices.process(batchOf([changed('pen', 5), changed('ink', 6)]));
    expect([await handled('pen'), await handled('ink')]).toEqual([[1], [3, 6]]);
    expect(await stored()).toEqual(['dead', 'parked', 'parked']);
    expect(prices.counts).toMatchObject({ handled: 3, dead: 1, parked: 2 });
  });

  it('they wait for as long as it is dead', async () => {
    poison.add(1);
    const prices = consumer();
    await prices.process(batchOf([changed('pen', 1), changed('pen', 2)]));
    await prices.processDue(partition);
    expect(await handled('pen')).toEqual([]);
    expect(await stored()).toEqual(['dead', 'parked']);
  });

  it('all are handled in order when it is redriven after the handler was fixed', async () => {
    poison.add(1);
    const prices = consumer();
    await prices.process(batchOf([changed('pen', 1), changed('pen', 2), changed('pen', 3)]));
    poison.clear();
    await acts.redrive({ id: '1' }, operator, 'fixed in 1.2');
    await prices.process(batchOf([changed('pen', 4)]));
    await prices.processDue(partition);
    await prices.process(batchOf([changed('pen', 5)]));
    expect(await handled('pen')).toEqual([1, 2, 3, 4, 5]);
    expect(await stored()).toEqual(['redriven']);
  });

  it('newer ones wait behind the waiting ones, even when the dead one is resolved', async () => {
    poison.add(1);
    const prices = consumer();
    await prices.process(batchOf([changed('pen', 1), changed('pen', 2)]));
    await acts.discard('1', operator, 'a test');
    await prices.process(batchOf([changed('pen', 3)]));
    expect(await stored()).toEqual(['discarded', 'parked', 'parked']);
    await prices.processDue(partition);
    expect(await handled('pen')).toEqual([2, 3]);
  });

  it('one waits even if the dead one is delivered to another consumer while the first is still storing it', async () => {
    poison.add(1);
    const [first, later] = [changed('pen', 1), changed('pen', 2)];
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN; LOCK TABLE dead_letter IN EXCLUSIVE MODE');
      const storing = consumer(false).process(batchOf([first]));
      await waitingFor('relation');
      const redelivered = consumer(false).process(batchOf([first, later]));
      await waitingFor('transactionid');
      await client.query('COMMIT');
      await Promise.all([storing, redelivered]);
    } finally {
      client.release(true);
    }
    expect(await stored()).toEqual(['dead', 'parked']);
    expect(await handled('pen')).toEqual([]);
  });

  it('a redrive before the fix leaves everything as it was', async () => {
    poison.add(1);
    const prices = consumer();
    await prices.process(batchOf([changed('pen', 1), changed('pen', 2)]));
    await redriveAll();
    await prices.processDue(partition);
    expect(await handled('pen')).toEqual([]);
    expect(await letters.list()).toMatchObject([{ status: 'dead', attempts: 10, dueAt: undefined }, { status: 'parked' }]);
  });

  it('the next poison one among those that waited is dead, and the rest waits for it', async () => {
    poison.add(1).add(3);
    const prices = consumer();
    await prices.process(batchOf([1, 2, 3, 4].map((cents) => changed('pen', cents))));
    poison.delete(1);
    await redriveAll();
    await prices.processDue(partition);
    expect(await handled('pen')).toEqual([1, 2]);
    expect(await stored()).toEqual(['redriven', 'dead', 'parked']);
  });

  it('the rest of its key is handled when it is discarded', async () => {
    poison.add(1);
    const prices = consumer();
    await prices.process(batchOf([changed('pen', 1), changed('pen', 2), changed('pen', 3)]));
    await acts.discard('1', operator, 'a price of a test');
    await prices.processDue(partition);
    expect(await handled('pen')).toEqual([2, 3]);
    expect(await stored()).toEqual(['discarded']);
  });

  it('duplicates of it, and of the events that wait, are ignored', async () => {
    poison.add(1);
    const prices = consumer();
    const events = [changed('pen', 1), changed('pen', 2)];
    await prices.process(batchOf(events));
    await prices.process(batchOf(events));
    expect(await stored()).toEqual(['dead', 'parked']);
    poison.clear();
    await redriveAll();
    await prices.processDue(partition);
    await prices.process(batchOf(events));
    expect(await handled('pen')).toEqual([1, 2]);
  });

  it('a consumer that read it at the same time parks what follows', async () => {
    poison.add(1);
    const events = [changed('pen', 1), changed('pen', 2), changed('pen', 3)];
    await Promise.all([consumer(), consumer(), consumer()].map((each) => each.process(batchOf(events))));
    expect(await handled('pen')).toEqual([]);
    expect(await stored()).toEqual(['dead', 'parked', 'parked']);
  });

  it('an unreadable event also holds back its key, even within its batch', async () => {
    const unreadable = { ...record(partition.topic, PriceChanged.payload.typeName, '{oops'), key: Buffer.from('pen') };
    await consumer().process(batchOf([unreadable, changed('pen', 2), changed('ink', 3)]));
    expect([await handled('pen'), await handled('ink')]).toEqual([[], [3]]);
    expect(await stored()).toEqual(['dead', 'parked']);
  });

  it('nothing waits for an event that its sender was not allowed to send', async () => {
    forged.add(1);
    const foreign = changed('pen', 2);
    const prices = consumer();
    await prices.process(
      batchOf([changed('pen', 1), { ...foreign, headers: new Map(foreign.headers).set(header.source, Buffer.from('/rogue')) }]),
    );
    await prices.process(batchOf([changed('pen', 3)]));
    expect((await handled('pen')).at(-1)).toBe(3);
    expect((await stored()).filter((status) => status === 'parked')).toEqual([]);
  });

  it.each(['ce_type', 'ce_source'])('nothing waits for a record that is not an event of the sender: without %s', async (name) => {
    const event = changed('pen', 1);
    const headers = new Map([...event.headers].filter(([each]) => each !== name));
    await consumer().process(batchOf([{ ...event, headers }, changed('pen', 2)]));
    expect(await handled('pen')).toEqual([2]);
    expect(await stored()).toEqual(['dead']);
  });

  it('events without a key do not wait', async () => {
    poison.add(1);
    await consumer().process(
      batchOf(
        [priceChanged({ item: 'pen', cents: 1 }), priceChanged({ item: 'pen', cents: 2 })].map((each) => ({ ...each, key: undefined })),
      ),
    );
    expect(await handled('pen')).toEqual([2]);
  });

  it('commands do not wait: their sagas have deadlines', async () => {
    poison.add(1);
    const take = (quantity: number) => ({ ...takeStock({ item: 'pen', quantity }), key: Buffer.from('pen') });
    const stock = consumer();
    await stock.process(batchOf([take(1), take(2)]));
    expect(await handled('pen')).toEqual([2]);
    poison.clear();
    await acts.redrive({ handler: 'Stock.take' }, operator);
    await stock.processDue({ topic: take(1).topic, partition: 0 });
    expect([await handled('pen'), await stored()]).toEqual([[2, 1], ['redriven']]);
  });
});

describe('an operator', () => {
  beforeEach(async () => {
    poison.add(1).add(2);
    await consumer().process(batchOf([changed('pen', 1), changed('ink', 2), changed('pen', 3)]));
    poison.clear();
  });

  it('redrives one key', async () => {
    expect(await acts.redrive({ topic: partition.topic, key: 'pen' }, operator)).toHaveLength(1);
    await consumer().processDue(partition);
    expect([await handled('pen'), await handled('ink')]).toEqual([[1, 3], []]);
  });

  it('redrives all of a handler', async () => {
    expect(await redriveAll()).toHaveLength(2);
    await consumer().processDue(partition);
    expect([await handled('pen'), await handled('ink')]).toEqual([[1, 3], [2]]);
  });

  it('is recorded, with time and reason', async () => {
    const [pen, ink] = await letters.list();
    await acts.redrive({ id: pen?.id ?? '' }, operator, 'fixed in 1.2');
    await acts.discard(ink?.id ?? '', operator, 'obsolete');
    const actions = new OperatorActions(database.transactions);
    expect(await actions.list()).toMatchObject([
      { action: 'dead-letter.discard', subject: `dead-letter/${ink?.id}`, actor: 'olga', isVerified: false, reason: 'obsolete' },
      { action: 'dead-letter.redrive', subject: `dead-letter/${pen?.id}`, actor: 'olga', reason: 'fixed in 1.2' },
    ]);
    expect(await actions.list({ subject: `dead-letter/${pen?.id}` })).toHaveLength(1);
  });

  it('learns why an act is impossible, and nothing changes', async () => {
    const parked = (await letters.list()).find(({ status }) => status === 'parked');
    const dead = (await letters.list()).find(({ key }) => key === 'pen');
    await expect(acts.redrive({ id: parked?.id ?? '' }, operator)).rejects.toThrow(
      `dead letter ${parked?.id} is parked: redrive or discard ${dead?.id} first`,
    );
    await expect(acts.redrive({ id: '99' }, operator)).rejects.toThrow('dead letter 99 not found');
    await acts.discard(dead?.id ?? '', operator, 'obsolete');
    await expect(acts.discard(dead?.id ?? '', operator, 'obsolete')).rejects.toThrow(
      `dead letter ${dead?.id} is discarded: nothing is left to do`,
    );
    expect(await new OperatorActions(database.transactions).list()).toHaveLength(1);
  });
});

/** What happens to a consumer: events in batches, redrives and discards, and fixes of the handler. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('events' as const),
      items: fc.array(fc.constantFrom('pen', 'ink', 'cap'), { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retry' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redrive' as const), nth: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('discard' as const), nth: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fix' as const), every: fc.integer({ min: 2, max: 4 }) }) },
);

it('whatever is poison, redriven and discarded, each key is handled in order, as if discarded events had never been sent', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 16 }), fc.integer({ min: 2, max: 5 }), async (steps, oneIn) => {
      await reset();
      const prices = consumer(false);
      const sent: { item: string; cents: number }[] = [];
      const discarded = new Set<number>();
      for (const each of steps) {
        if (each.kind === 'events') {
          const news = each.items.map((item, i) => ({ item, cents: sent.length + i + 1 }));
          poisonEvery(
            oneIn,
            news.map(({ cents }) => cents),
          );
          sent.push(...news);
          await prices.process(batchOf(news.map(({ item, cents }) => changed(item, cents))));
        } else if (each.kind === 'fix') {
          cureEvery(each.every);
        } else if (each.kind === 'retry') {
          await prices.processDue(partition);
        } else await act(each, discarded);
      }
      poison.clear();
      for (let open = 1; open > 0; open = (await letters.list()).length) {
        await redriveAll();
        await prices.processDue(partition);
      }
      for (const item of ['pen', 'ink', 'cap']) {
        const expected = sent.filter((each) => each.item === item && !discarded.has(each.cents)).map(({ cents }) => cents);
        expect(await handled(item)).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});

function poisonEvery(nth: number, all: readonly number[]): void {
  for (const cents of all) if (cents % nth === 0) poison.add(cents);
}

function cureEvery(nth: number): void {
  for (const cents of poison) if (cents % nth === 0) poison.delete(cents);
}

async function act({ kind, nth }: { kind: 'redrive' | 'discard'; nth: number }, discarded: Set<number>): Promise<void> {
  const dead = await letters.list({ statuses: ['dead'] });
  const chosen = dead[nth % Math.max(1, dead.length)];
  if (!chosen) return;
  if (kind === 'redrive') {
    await acts.redrive({ id: chosen.id }, operator);
    return;
  }
  const { payload } = (await letters.find(chosen.id)) ?? {};
  discarded.add((JSON.parse(String(payload)) as PriceChanged).cents);
  await acts.discard(chosen.id, operator, 'random');
}
