import { type ByteRange, header, type RecordView } from '@ftgo/messaging/broker';
import { PgClient } from '@ftgo/messaging/postgres';
import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import type { Client } from 'pg';
import type { InvalidRow } from '../record/invalid-row.js';
import { headerColumns } from '../record/record-encoder.js';
import { Misconfigured, NotMigrated, sqlState, sqlStateOf } from '../relay-errors.js';
import type { RelayCounts } from '../status/relay-status.js';

/** The topics to which the service of a database sends, each with the prefix of its sources there: `/order-service/orders`. */
export type PublishableTopics = ReadonlyMap<string, string>;

export interface SkipsOptions {
  readonly database: string;
  readonly url: string;
  readonly logger: MessagingLogger;
  readonly counts: Pick<RelayCounts, 'alarms' | 'rejected'>;
  /** Undefined: everything in the outbox may be published. */
  readonly publishable: PublishableTopics | undefined;
}

/** An operator's skip, as stored in relay_skip. */
export interface Skip {
  readonly messageId: string;
  readonly reason: string;
  /** The operator. */
  readonly by: string;
}

/** The value of `skipped_by` for messages that the relay rejects itself. */
const relayItself = 'relay';
/** An operator's decision replaces what the relay recorded of the message before. */
const takeOver = `UPDATE SET reason = excluded.reason, skipped_by = excluded.skipped_by, skipped_at = clock_timestamp()
  WHERE relay_skip.skipped_by = '${relayItself}'`;
const answerWithinMs = 5_000;
/** Limits how many rejected messages wait to be recorded and logged; all are counted. */
const mostPending = 100;

/** The messages of an outbox that are not published: skipped by an operator, or not allowed for the service. */
export class Skips {
  private readonly reasons = new Map<string, string>();
  private readonly prefixes: ReadonlyMap<string, Buffer> | undefined;
  private pending: InvalidRow[] = [];
  private isRecording = false;

  constructor(private readonly options: SkipsOptions) {
    const { publishable } = options;
    this.prefixes = publishable && new Map([...publishable].map(([topic, path]) => [topic, Buffer.from(path)]));
  }

  /** Reads the skips of operators, made at this or another relay. */
  async read(client: Client): Promise<void> {
    try {
      // Rejections are decided by the row each time: another message could have the id of a rejected one.
      const { rows } = await client.query<{ message_id: string; reason: string }>(
        'SELECT message_id, reason FROM relay_skip WHERE skipped_by <> $1',
        [relayItself],
      );
      for (const { message_id, reason } of rows) this.reasons.set(message_id, reason);
    } catch (error) {
      throw explained(error);
    }
  }

  /** Stores a skip, so that it survives restarts and applies to every relay of the database. */
  async add({ messageId, reason, by }: Skip): Promise<void> {
    const id = messageId.toLowerCase();
    await this.insert([{ id, topic: undefined, reason }], by);
    this.reasons.set(id, reason);
  }

  /** True for a message that must not be published; logs it. */
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
          ? `the service of this database may not send to ${record.topic}`
          : `invalid source ${source} for ${record.topic}: this database may send only as ${prefix.toString()}`,
    });
    return true;
  }

  /** Rejects a message that cannot or may not be published: counts it, raises an alert, and records it. */
  reject(message: InvalidRow): void {
    const { database, logger, counts } = this.options;
    counts.rejected++;
    counts.alarms++;
    if (this.pending.length >= mostPending) return;
    this.pending.push(message);
    logger.error('message rejected and not published', { database, ...message });
    if (!this.isRecording) void this.recordPending();
  }

  private async recordPending(): Promise<void> {
    this.isRecording = true;
    while (this.pending.length > 0) {
      const messages = this.pending;
      this.pending = [];
      await this.insert(messages, relayItself).catch((error: unknown) => {
        const { database, logger } = this.options;
        logger.error('recording rejected messages failed', { database, messages: messages.length, reason: String(error) });
      });
    }
    this.isRecording = false;
  }

  /** Uses its own connection: that of the relay may be in a read-only transaction, or closed. */
  private async insert(skips: ReadonlyArray<{ id: string; topic: string | undefined; reason: string }>, by: string): Promise<void> {
    const client = new PgClient({
      connectionString: this.options.url,
      application_name: `relay of ${this.options.database} (skips)`,
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
    });
    // A lost connection also rejects the query; without a listener, the event would end the process.
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

/** Compares by identity: every record of an outbox uses the names of `headerColumns`, and comparing bytes would dominate the cost. */
function sourceOf(record: RecordView): ByteRange | undefined {
  for (let i = 0; i < record.headerCount; i++) if (record.headerNames[i] === sourceName) return record.headerValues[i];
  return undefined;
}

const slash = '/'.charCodeAt(0);

/** True for `prefix` itself and for paths below it: `/shop` and `/shop/orders/1`, but not `/shopping`. */
function begins(range: ByteRange | undefined, prefix: Buffer): boolean {
  if (!range || range.length < prefix.length) return false;
  const { source, start } = range;
  for (let i = prefix.length - 1; i >= 0; i--) if (source[start + i] !== prefix[i]) return false;
  return range.length === prefix.length || source[start + prefix.length] === slash;
}
