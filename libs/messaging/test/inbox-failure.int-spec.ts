import { eventually } from '@ftgo/testing';
import { messagingDatabase, refusal, SoldOut, stockCommands, stockReplies, TakeStock, takeStock } from '@ftgo/testing/messaging';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { header, type MemoryBroker, memoryBroker, type ReceivedRecord } from '../src/broker/index.js';
import { type Handler, MessageConsumer, NotYet, Outbox, PgSessions, Transactions } from '../src/index.js';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly reason: string;
}

const lane = `${stockCommands.topic}/0`;
let database: Awaited<ReturnType<typeof messagingDatabase>>;
let broker: MemoryBroker;
let consumer: MessageConsumer;
let lines: LogLine[];
let handled: string[];
let handlerIsDone: Promise<void> = Promise.resolve();

beforeAll(async () => {
  database = await messagingDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  [lines, handled, handlerIsDone] = [[], [], Promise.resolve()];
  await database.pool.query('TRUNCATE outbox, inbox, dead_letter');
  broker = memoryBroker({ drainTimeoutMs: 500 });
  await broker.ensureTopics([{ topic: stockCommands.topic, partitions: 1 }]);
});
afterEach(async () => {
  await consumer.close();
  await broker.close();
});

async function consume(transactions = database.transactions, stalledAfterMs?: number): Promise<void> {
  const take: Handler = {
    kind: 'command',
    type: TakeStock,
    name: 'Stock.take',
    handle: async ({ payload }) => {
      const { item } = payload as TakeStock;
      if (item === 'poison') throw new Error('a bug');
      if (item === 'later') throw new NotYet(new SoldOut(item));
      await handlerIsDone;
      handled.push(item);
      return { left: 0 };
    },
  };
  const log = (level: string) => (message: string, details?: Record<string, unknown>) =>
    void lines.push({ level, message, reason: String(details?.['reason']) });
  consumer = new MessageConsumer({
    handlers: [take],
    source: '/stock',
    group: 'stock',
    refusal,
    replyChannels: [stockReplies],
    outbox: new Outbox(transactions),
    transactions,
    broker: broker.client(),
    logger: { log: log('log'), warn: log('warn'), error: log('error') },
    stalledAfterMs,
  });
  await consumer.start();
  await eventually(() => expect(consumer.problems).toEqual([]));
}

const send = ({ topic, key, value, headers }: ReceivedRecord) =>
  broker.publish([
    { topic, key: key as Buffer, value: value as Buffer, headers: [...headers].map(([name, v]) => [Buffer.from(name), v] as const) },
  ]);
const take = (item: string) => send(takeStock({ item, quantity: 1 }, { [header.subject]: item }));
const waits = () =>
  consumer
    .metrics()
    .filter(({ name }) => name === 'messaging_consumer_waiting')
    .flatMap(({ samples }) => samples.flatMap(({ labels, value }) => (value === 1 ? [labels['reason']] : [])));
const dead = async () => (await database.rows<{ n: number }>('SELECT count(*)::int AS n FROM dead_letter'))[0]?.n;

const failures = [
  {
    what: 'its table is missing',
    fail: 'ALTER TABLE inbox RENAME TO inbox_elsewhere',
    repair: 'ALTER TABLE inbox_elsewhere RENAME TO inbox',
    reason: 'relation "inbox" does not exist',
  },
  {
    what: 'the outbox is not writable',
    fail: 'REVOKE INSERT ON outbox FROM CURRENT_USER',
    repair: 'GRANT INSERT ON outbox TO CURRENT_USER',
    reason: 'permission denied for table outbox',
  },
  {
    what: 'a message cannot be dead-lettered',
    item: 'poison',
    fail: 'ALTER TABLE dead_letter ADD CONSTRAINT disk_full CHECK (false) NOT VALID',
    repair: 'ALTER TABLE dead_letter DROP CONSTRAINT disk_full',
    reason: 'violates check constraint "disk_full"',
  },
];

describe('an inbox that fails', () => {
  it.each(failures)(
    'because $what dead-letters nothing, reports the cause, and recovers',
    async ({ fail, repair, reason, item = 'pen' }) => {
      await consume();
      await database.pool.query(fail);
      try {
        await take(item);
        await eventually(() => expect(consumer.problems).toEqual([expect.stringContaining(reason)]));
        expect(consumer.problems[0]).toMatch(new RegExp(`^${lane}: `));
        expect(consumer.healthy).toBe(false);
        expect(consumer.counts.dead).toBe(0);
        expect(waits()).toHaveLength(1);
        // Logged once, however often it is retried.
        await eventually(() => expect(lines.filter((line) => line.reason.includes(reason))).toHaveLength(1));
      } finally {
        await database.pool.query(repair);
      }
      await take('ink');
      await eventually(() => expect([...new Set(handled)]).toEqual(item === 'pen' ? ['pen', 'ink'] : ['ink']), { timeoutMs: 60_000 });
      expect(await dead()).toBe(item === 'poison' ? 1 : 0);
      await eventually(() => expect([consumer.problems, waits(), consumer.healthy]).toEqual([[], [], true]));
    },
  );

  it('because a pooler confused prepared statements dead-letters nothing, and reports the cause', async () => {
    // The effect of PgBouncer in transaction mode on a session: another client's statement names are taken.
    const { connectionString } = database.pool.options;
    const pool = new pg.Pool({ connectionString, max: 2, pipeline: true } as ConstructorParameters<typeof pg.Pool>[0]);
    pool.on('error', () => undefined);
    let isMixedUp = true;
    pool.on('connect', (client) => {
      if (isMixedUp) void client.query('PREPARE "messaging-inbox-claim" AS SELECT 1').catch(() => undefined);
    });
    try {
      await consume(new Transactions(new PgSessions(pool)));
      await take('pen');
      await eventually(() => expect(consumer.problems.join()).toContain('prepared statement "messaging-inbox-claim" already exists'));
      expect(consumer.counts).toMatchObject({ handled: 0, dead: 0 });
      isMixedUp = false;
      await database.pool.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
      );
      await eventually(() => expect(handled).toEqual(['pen']));
      expect(await dead()).toBe(0);
    } finally {
      await consumer.close();
      await pool.end();
    }
  });
});

describe('a deferred command that cannot be stored', () => {
  it('is reported until another instance has stored it', async () => {
    await consume();
    await database.pool.query('ALTER TABLE dead_letter ADD CONSTRAINT disk_full CHECK (attempts = 1)');
    try {
      await take('later');
      await eventually(() => expect(consumer.problems).toEqual([expect.stringMatching(`^stored messages of ${lane}: `)]), {
        timeoutMs: 60_000,
      });
      await database.pool.query(`UPDATE dead_letter SET status = 'discarded', due_at = NULL`);
      await eventually(() => expect([consumer.problems, consumer.healthy]).toEqual([[], true]), { timeoutMs: 60_000 });
    } finally {
      await database.pool.query('ALTER TABLE dead_letter DROP CONSTRAINT disk_full');
    }
  });
});

describe('a partition whose handler does not end', () => {
  it('is reported until it does', async () => {
    const handler = Promise.withResolvers<void>();
    handlerIsDone = handler.promise;
    await consume(database.transactions, 200);
    await take('pen');
    await eventually(() =>
      expect(consumer.problems).toEqual([expect.stringMatching(`^${lane}: nothing has been handled or dead-lettered`)]),
    );
    expect(waits()).toEqual(['stalled']);
    handler.resolve();
    await eventually(() => expect([handled, consumer.problems, waits()]).toEqual([['pen'], [], []]));
  });
});
