import { type ByteRange, header, type RecordView } from '@ftgo/messaging/broker';
import { PgClient } from '@ftgo/messaging/postgres';
import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import type { Client } from 'pg';
import type { InvalidRow } from '../record/invalid-row.js';
import { headerColumns } from '../record/record-encoder.js';
import { Misconfigured, NotMigrated, sqlState, sqlStateOf } from '../relay-errors.js';
import type { RelayCounts } from '../status/relay-status.js';

/** The topics that the service of a database sends to, each with the path with which its sources begin there: `/order-service/orders`. */
export type PublishableTopics = ReadonlyMap<string, string>;

export interface SkipsOptions {
  readonly database: string;
  readonly url: string;
  readonly logger: MessagingLogger;
  readonly counts: Pick<RelayCounts, 'alarms' | 'rejected'>;
  /** Undefined: whatever is in the outbox may be published. */
  readonly publishable: PublishableTopics | undefined;
}

/** A skip of an operator, as relay_skip keeps it. */
export interface Skip {
  readonly messageId: string;
  readonly reason: string;
  /** Who decided it. */
  readonly by: string;
}

/** How the relay signs what it skips on its own. */
const relayItself = 'relay';
/** What an operator decides stands, whatever the relay has recorded of the message before. */
const takeOver = `UPDATE SET reason = excluded.reason, skipped_by = excluded.skipped_by, skipped_at = clock_timestamp()
  WHERE relay_skip.skipped_by = '${relayItself}'`;
const answerWithinMs = 5_000;
/** Of a flood only so many wait to be recorded and logged; all are counted. */
const mostPending = 100;

/** The messages of an outbox that are not published: those that an operator skipped, and those that the service may not send. */
export class Skips {
  private readonly reasons = new Map<string, string>();
  private readonly prefixes: ReadonlyMap<string, Buffer> | undefined;
  private pending: InvalidRow[] = [];
  private isRecording = false;

  constructor(private readonly options: SkipsOptions) {
    const { publishable } = options;
    this.prefixes = publishable && new Map([...publishable].map(([topic, path]) => [topic, Buffer.from(path)]));
  }

  /** Reads what operators have skipped, here or at another relay. */
  async read(client: Client): Promise<void> {
    try {
      // What the relay skips on its own is decided by the row each time: its id could be that of another message.
      const { rows } = await client.query<{ message_id: string; reason: string }>(
        'SELECT message_id, reason FROM relay_skip WHERE skipped_by <> $1',
        [relayItself],
      );
      for (const { message_id, reason } of rows) this.reasons.set(message_id, reason);
    } catch (error) {
      throw explained(error);
    }
  }

  /** Stores a skip, so that it outlives this process and holds for every relay of the database. */
  async add({ messageId, reason, by }: Skip): Promise<void> {
    const id = messageId.toLowerCase();
    await this.insert([{ id, topic: undefined, reason }], by);
    this.reasons.set(id, reason);
  }

  /** True for a message that is not to be published; says so. */
  mustSkip(record: RecordView): boolean {
    return (this.reasons.size > 0 && this.isSkipped(record)) || (this.prefixes !== undefined && this.isForeign(record, this.prefixes));
  }

  private isSkipped(record: RecordView): boolean {
    const id = String(record.header(header.id));
    const reason = this.reasons.get(id);
    if (reason === undefined) return false;
    const { database, logger } = this.options;
    logger.error('message skipped by an operator', { database, id, topic: record.topic, reason });
    return true;
  }

  private isForeign(record: RecordView, prefixes: ReadonlyMap<string, Buffer>): boolean {
    const prefix = prefixes.get(record.topic);
    if (prefix !== undefined && begins(sourceOf(record), prefix)) return false;
    const source = String(record.header(header.source));
    this.reject({
      id: String(record.header(header.id)),
      topic: record.topic,
      reason:
        prefix === undefined
          ? `the service of this database does not send to ${record.topic}`
          : `the source ${source} is not ${prefix.toString()}, which this database may send to ${record.topic}`,
    });
    return true;
  }

  /** Leaves out what cannot or may not be published: counts it, raises an alarm, and records it. */
  reject(message: InvalidRow): void {
    const { database, logger, counts } = this.options;
    counts.rejected++;
    counts.alarms++;
    if (this.pending.length >= mostPending) return;
    this.pending.push(message);
    logger.error('message rejected: it is not published', { database, ...message });
    if (!this.isRecording) void this.recordPending();
  }

  private async recordPending(): Promise<void> {
    this.isRecording = true;
    while (this.pending.length > 0) {
      const messages = this.pending;
      this.pending = [];
      await this.insert(messages, relayItself).catch((error: unknown) => {
        const { database, logger } = this.options;
        logger.error('rejected messages were not recorded', { database, messages: messages.length, reason: String(error) });
      });
    }
    this.isRecording = false;
  }

  /** On a connection of its own: the relay's may be in a transaction that reads only, or not be there. */
  private async insert(skips: ReadonlyArray<{ id: string; topic: string | undefined; reason: string }>, by: string): Promise<void> {
    const client = new PgClient({
      connectionString: this.options.url,
      application_name: `relay of ${this.options.database} (skips)`,
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
    });
    // A lost connection rejects the query too; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(
        `INSERT INTO relay_skip (message_id, topic, reason, skipped_by) SELECT *, $4 FROM unnest($1::uuid[], $2::text[], $3::text[])
          ON CONFLICT (message_id) DO ${by === relayItself ? 'NOTHING' : takeOver}`,
        [skips.map(({ id }) => id), skips.map(({ topic }) => topic ?? null), skips.map(({ reason }) => reason), by],
      );
    } catch (error) {
      throw explained(error);
    } finally {
      client.end().catch(() => undefined);
    }
  }
}

function explained(error: unknown): unknown {
  if (sqlStateOf(error) === sqlState.undefinedTable) return new NotMigrated('table relay_skip');
  if (sqlStateOf(error) !== sqlState.insufficientPrivilege) return error;
  return new Misconfigured(['the relay may not use relay_skip: GRANT SELECT, INSERT, UPDATE ON relay_skip to its role']);
}

const sourceName = headerColumns.find(({ column }) => column === 'source')?.name;

/** Every record of an outbox has the names of `headerColumns` themselves: comparing bytes would cost more than all else here. */
function sourceOf(record: RecordView): ByteRange | undefined {
  for (let i = 0; i < record.headerCount; i++) if (record.headerNames[i] === sourceName) return record.headerValues[i];
  return undefined;
}

const slash = '/'.charCodeAt(0);

/** True for `prefix` itself and for what is below it: `/shop` and `/shop/orders/1`, not `/shopping`. */
function begins(range: ByteRange | undefined, prefix: Buffer): boolean {
  if (!range || range.length < prefix.length) return false;
  const { source, start } = range;
  for (let i = prefix.length - 1; i >= 0; i--) if (source[start + i] !== prefix[i]) return false;
  return range.length === prefix.length || source[start + prefix.length] === slash;
}
