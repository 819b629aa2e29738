import type { BrokerUnavailable, OutgoingRecord, RecordRejected } from './outgoing.js';

const nothing = Buffer.alloc(0);

/** A range of bytes in a buffer owned by someone else. */
export class ByteRange {
  source: Buffer = nothing;
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  set(source: Buffer, start: number, end: number): void {
    this.source = source;
    this.start = start;
    this.end = end;
  }

  setAll(source: Buffer): void {
    this.set(source, 0, source.length);
  }

  /** A copy that outlives the source. */
  copy(): Buffer {
    return Buffer.from(this.source.subarray(this.start, this.end));
  }
}

/**
 * A record whose bytes are still in the buffers in which they arrived. One view is reused for every record of a stream: it is
 * valid only during the call that receives it, and anything kept must be copied.
 */
export class RecordView {
  topic = '';
  readonly key = new ByteRange();
  readonly value = new ByteRange();
  headerCount = 0;
  readonly headerNames: Buffer[] = [];
  readonly headerValues: ByteRange[] = [];

  /** The range of the next header's value, to be set by the caller. */
  addHeader(name: Buffer): ByteRange {
    const index = this.headerCount++;
    this.headerNames[index] = name;
    return (this.headerValues[index] ??= new ByteRange());
  }

  /** The value of a header, copied; undefined if there is no such header. */
  header(name: string): Buffer | undefined {
    for (let i = 0; i < this.headerCount; i++) if (this.headerNames[i]?.toString() === name) return this.headerValues[i]?.copy();
    return undefined;
  }

  set(record: OutgoingRecord): this {
    this.topic = record.topic;
    this.key.setAll(record.key);
    this.value.setAll(record.value);
    this.headerCount = 0;
    for (const [name, value] of record.headers) this.addHeader(name).setAll(value);
    return this;
  }

  copy(): OutgoingRecord {
    const headers: [Buffer, Buffer][] = [];
    for (let i = 0; i < this.headerCount; i++) headers.push([this.headerNames[i] as Buffer, (this.headerValues[i] as ByteRange).copy()]);
    return { topic: this.topic, key: this.key.copy(), value: this.value.copy(), headers };
  }
}

/** Is notified of the outcome of a pipeline's records. */
export interface PipelineListener {
  /** Every record up to this number is stored safely by the broker. */
  acknowledged(upTo: number): void;
  /** The pipeline has ended: unacknowledged records may or may not have been written. Called once. */
  failed(error: RecordRejected | BrokerUnavailable): void;
}

export interface SentSoFar {
  readonly requests: number;
  readonly records: number;
  /** Time from sending to the response, summed over all requests. */
  readonly milliseconds: number;
}

/**
 * A stream of records to the broker, for senders that do not wait for each record. Records of one partition arrive in the order
 * in which they were pushed; only one request per partition is in flight, so an error cannot reorder them.
 */
export interface Pipeline {
  /** Copies the record. Numbers increase; they are returned in `acknowledged`. */
  push(record: RecordView, number: number): void;
  /** Sends what was pushed. Records wait for it only while nothing of their partition is in flight. */
  flush(): void;
  /** Bytes that were pushed but not acknowledged. */
  readonly pendingBytes: number;
  /** What was sent and acknowledged since the pipeline was opened. */
  readonly sent: SentSoFar;
  /** Abandons everything pending; the listener is not called afterwards. */
  close(): void;
}
