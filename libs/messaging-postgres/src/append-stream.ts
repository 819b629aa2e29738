import { BrokerUnavailable, type Pipeline, type PipelineListener, RecordRejected, type RecordView } from '@ftgo/messaging/broker';
import { appendStatement, Batch, sizeOf } from './batch.js';
import { type Connection, isNoDataFound } from './connection.js';
import type { Topics } from './topics.js';

export interface AppendStreamOptions {
  readonly connection: Connection;
  readonly topics: Topics;
  readonly maxRecordBytes: number;
  /** It was closed, or has failed. */
  readonly onEnd?: (stream: AppendStream) => void;
}

/**
 * A stream of records in consecutive transactions: each contains what was pushed while the previous one was in flight. It ends
 * with the first that fails.
 */
export class AppendStream implements Pipeline {
  pendingBytes = 0;
  readonly sent = { requests: 0, records: 0, milliseconds: 0 };
  private waiting: (Batch | RecordRejected)[] = [];
  private isSending = false;
  private closed = false;

  constructor(
    private readonly options: AppendStreamOptions,
    private readonly listener: PipelineListener,
  ) {}

  push(record: RecordView, number: number): void {
    if (this.closed) return;
    const refusal = rejectionOf(record, this.options.maxRecordBytes);
    if (refusal) {
      this.waiting.push(refusal);
      return;
    }
    const batch = this.openBatch();
    const before = batch.bytes;
    batch.add(record, number);
    this.pendingBytes += batch.bytes - before;
  }

  flush(): void {
    if (this.isSending || this.closed || this.waiting.length === 0) return;
    this.isSending = true;
    void this.send();
  }

  close(): void {
    this.closed = true;
    this.waiting = [];
    void this.options.connection.close();
    this.options.onEnd?.(this);
  }

  private openBatch(): Batch {
    const last = this.waiting.at(-1);
    if (last instanceof Batch && !last.isFull) return last;
    const batch = new Batch();
    this.waiting.push(batch);
    return batch;
  }

  private async send(): Promise<void> {
    try {
      for (let next = this.waiting.shift(); next && !this.closed; next = this.waiting.shift()) {
        if (next instanceof RecordRejected) throw next;
        await this.append(next);
      }
    } catch (error) {
      this.fail(error);
    }
    this.isSending = false;
  }

  private async append(batch: Batch): Promise<void> {
    const startedAt = performance.now();
    await this.write(batch);
    if (this.closed) return;
    this.sent.requests++;
    this.sent.records += batch.count;
    this.sent.milliseconds += performance.now() - startedAt;
    this.pendingBytes -= batch.bytes;
    this.listener.acknowledged(batch.lastNumber);
  }

  private async write(batch: Batch): Promise<void> {
    const { connection, topics } = this.options;
    try {
      await this.writeOnce(batch);
    } catch (error) {
      if (!isNoDataFound(error)) throw error;
      // A topic was deleted; it may have been created again. Nothing of the batch has been written.
      topics.forget();
      await this.writeOnce(batch);
    }
    const known = await topics.find(batch.topics, connection);
    connection.notify(appended([...batch.topics].flatMap((name) => known.get(name)?.id ?? [])));
  }

  private async writeOnce(batch: Batch): Promise<void> {
    const { connection, topics } = this.options;
    const known = await topics.find(batch.topics, connection);
    await connection.query(appendStatement, batch.valuesFor(known));
  }

  private fail(error: unknown): void {
    if (this.closed) return;
    this.close();
    const isKnown = error instanceof RecordRejected || error instanceof BrokerUnavailable;
    this.listener.failed(isKnown ? error : new BrokerUnavailable('cannot append records', { cause: error }));
  }
}

export function rejectionOf(record: RecordView, maxRecordBytes: number): RecordRejected | undefined {
  const size = sizeOf(record);
  if (size <= maxRecordBytes) return undefined;
  return new RecordRejected(`the record has ${size} bytes; the limit is ${maxRecordBytes}`, record.copy());
}

/** A notification is limited to 8,000 bytes; an empty list means any topic. */
const mostTopics = 500;

/** The publishers' notification: the ids of the topics that have new records. */
export const appended = (topicIds: readonly number[]): string => `appended ${topicIds.length > mostTopics ? '' : topicIds.join(',')}`;
