import { type OutboxProgress, relayProgress } from '../outbox/outbox-progress.js';
import { mayBeDropped } from '../outbox/proved.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';

export interface RetentionOptions {
  /** How long a published message is kept in the outbox, in days. */
  readonly outboxDays?: number;
  /** How long a handled message is remembered, in days; longer than the outbox and the broker's redelivery. */
  readonly inboxDays?: number;
  /**
   * How long a resolved dead letter (redriven or discarded) is kept, in days; default 30. Others are kept until an operator
   * decides.
   */
  readonly deadLetterDays?: number | undefined;
  /** How many days ahead partitions are created. */
  readonly daysAhead?: number;
  /** Read before each round, since it may know more than is stored; default: our relay. */
  readonly progress?: OutboxProgress;
}

/** The result of a round, for metrics and alerts. */
export interface RetentionReport {
  readonly created: string[];
  readonly dropped: string[];
  /**
   * The number of coming days with their own partition. Below 1, messages go to the default partition, from which rows are
   * deleted one by one.
   */
  readonly daysAhead: number;
}

const dayMs = 86_400_000;
/** Advisory lock that keeps two instances from creating the same partition. */
const retentionLock = 7_265_001;

interface PartitionedTable {
  readonly name: 'outbox' | 'inbox';
  /** A day's lower bound, as text. */
  bound(day: Date): string;
}

const outbox: PartitionedTable = { name: 'outbox', bound: (day) => day.toISOString() };

/** Message ids are UUIDv7, whose first 48 bits are the milliseconds: a day is a range of ids. */
const inbox: PartitionedTable = {
  name: 'inbox',
  bound: (day) => {
    const hex = day.getTime().toString(16).padStart(12, '0');
    return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
  },
};

/**
 * Keeps outbox and inbox small: one partition per day, created ahead and dropped as a whole after its time. An outbox partition
 * is dropped only if the relay's checkpoint proves that all of it was published.
 */
export class Retention {
  private readonly outboxDays: number;
  private readonly inboxDays: number;
  private readonly deadLetterDays: number;
  private readonly daysAhead: number;
  private readonly progress: OutboxProgress;

  constructor(
    private readonly transactions: Transactions,
    options: RetentionOptions = {},
  ) {
    this.outboxDays = options.outboxDays ?? 1;
    this.inboxDays = options.inboxDays ?? 7;
    this.deadLetterDays = options.deadLetterDays ?? 30;
    this.daysAhead = options.daysAhead ?? 3;
    this.progress = options.progress ?? relayProgress;
  }

  /**
   * One round, by default at the database's time; run it at startup and every hour. Undefined if another instance is running
   * one.
   */
  async run(time?: Date): Promise<RetentionReport | undefined> {
    const now = time ?? (await this.databaseTime());
    await this.transactions.run((transaction) => this.progress.read(transaction));
    const report = await this.round(now);
    if (report) {
      await this.prune(pruneOutbox, startOfDay(now, -this.outboxDays));
      await this.prune(pruneInbox, startOfDay(now, -this.inboxDays));
      await this.prune(pruneDeadLetters, startOfDay(now, -this.deadLetterDays));
    }
    return report;
  }

  /** The rows to be deleted were dated by the database's clock. */
  private databaseTime(): Promise<Date> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ now: Date }>({ text: 'SELECT now() AS now' });
      return (rows[0] as { now: Date }).now;
    });
  }

  private round(now: Date): Promise<RetentionReport | undefined> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ locked: boolean }>({
        text: 'SELECT pg_try_advisory_xact_lock($1) AS locked',
        values: [retentionLock],
      });
      if (!rows[0]?.locked) return undefined;
      // Business transactions have priority: a round that cannot get its locks immediately fails, and is repeated later.
      await transaction.query({ text: `SET LOCAL lock_timeout = '500ms'` });
      const created = [...(await this.createAhead(transaction, outbox, now)), ...(await this.createAhead(transaction, inbox, now))];
      const dropped = [
        ...(await this.drop(transaction, outbox, startOfDay(now, -this.outboxDays), unpublished)),
        ...(await this.drop(transaction, inbox, startOfDay(now, -this.inboxDays), rememberedSince(startOfDay(now, -this.inboxDays)))),
      ];
      return { created, dropped, daysAhead: await this.coverage(transaction, now) };
    });
  }

  private async createAhead(transaction: Transaction, table: PartitionedTable, now: Date): Promise<string[]> {
    const created: string[] = [];
    const existing = new Set(await partitionsOf(transaction, table));
    for (let days = 0; days <= this.daysAhead; days++) {
      const day = startOfDay(now, days);
      const name = partitionName(table, day);
      if (existing.has(name)) continue;
      const values = [table.name, name, table.bound(day), table.bound(startOfDay(day, 1))];
      if (await attempt(transaction, { text: 'SELECT messaging_create_partition($1, $2, $3, $4)', values })) created.push(name);
    }
    return created;
  }

  private async drop(transaction: Transaction, table: PartitionedTable, before: Date, inUse: (name: string) => string): Promise<string[]> {
    const oldest = partitionName(table, before);
    const dropped: string[] = [];
    for (const name of await partitionsOf(transaction, table)) {
      if (name >= oldest || name === `${table.name}_default`) continue;
      const { rows } = await transaction.query<{ used: boolean }>({ text: `SELECT EXISTS (${inUse(name)}) AS used` });
      if (rows[0]?.used) continue;
      if (await attempt(transaction, { text: 'SELECT messaging_drop_partition($1)', values: [name] })) dropped.push(name);
    }
    return dropped;
  }

  /**
   * Deletes rows in small batches, so that no one waits for long. None may remain: a backfill would publish the old messages.
   */
  private async prune(text: string, before: Date): Promise<void> {
    for (let deleted = prunedAtOnce; deleted === prunedAtOnce; ) {
      deleted = await this.transactions.run(async (transaction) => {
        const { rowCount } = await transaction.query({ text, values: [before.toISOString(), prunedAtOnce] });
        return rowCount;
      });
    }
  }

  private async coverage(transaction: Transaction, now: Date): Promise<number> {
    const [outboxes, inboxes] = [await partitionsOf(transaction, outbox), await partitionsOf(transaction, inbox)];
    let days = 0;
    for (; days <= this.daysAhead; days++) {
      const day = startOfDay(now, days + 1);
      if (!outboxes.includes(partitionName(outbox, day)) || !inboxes.includes(partitionName(inbox, day))) break;
    }
    return days;
  }
}

const unpublished = (name: string): string => `SELECT FROM ${name} o WHERE NOT ${mayBeDropped('o')}`;

const prunedAtOnce = 1_000;
const pruneOutbox = `DELETE FROM outbox_default WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM outbox_default o WHERE created_at < $1 AND ${mayBeDropped('o')} LIMIT $2))`;
/** Foreign and derived ids contain no time. */
const pruneInbox = `DELETE FROM inbox_default WHERE ctid = ANY (ARRAY(SELECT ctid FROM inbox_default WHERE handled_at < $1 LIMIT $2))`;
const pruneDeadLetters = `DELETE FROM dead_letter WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM dead_letter WHERE status IN ('redriven', 'discarded') AND changed_at < $1 LIMIT $2))`;

const rememberedSince =
  (time: Date) =>
  (name: string): string =>
    `SELECT FROM ${name} WHERE handled_at >= '${time.toISOString()}'`;

function startOfDay(time: Date, plusDays: number): Date {
  return new Date(Math.floor(time.getTime() / dayMs) * dayMs + plusDays * dayMs);
}

const partitionName = (table: PartitionedTable, day: Date): string => `${table.name}_${day.toISOString().slice(0, 10).replaceAll('-', '')}`;

async function partitionsOf(transaction: Transaction, table: PartitionedTable): Promise<string[]> {
  const { rows } = await transaction.query<{ name: string }>({
    text: 'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
    values: [table.name],
  });
  return rows.map(({ name }) => name);
}

/**
 * Runs a statement under a savepoint; false if rows of that day are in the default partition. A lock that is not available ends
 * the round.
 */
async function attempt(transaction: Transaction, statement: Parameters<Transaction['query']>[0]): Promise<boolean> {
  const defaultPartitionHasRows = '23514';
  try {
    await transaction.savepoint(() => transaction.query(statement));
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === defaultPartitionHasRows) return false;
    throw error;
  }
}
