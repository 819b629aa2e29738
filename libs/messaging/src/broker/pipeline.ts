import type { BrokerUnavailable, OutgoingRecord, RecordRefused } from './outgoing.js';

const nothing = Buffer.alloc(0);

/** A stretch of bytes in a buffer that belongs to someone else. */
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
 * A record whose bytes still lie in the buffers that they came in. One view serves every record of a stream: it is
 * valid only during the call that is given it, and whoever keeps any of it must copy.
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

  /** The value of a header, copied; undefined when there is none of that name. */
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

/** Learns what has become of the records of a pipeline. */
export interface PipelineListener {
  /** Every record up to this number is safe at the broker. */
  acknowledged(upTo: number): void;
  /** The end of this pipeline: what was not acknowledged may or may not have been written. Called once. */
  failed(error: RecordRefused | BrokerUnavailable): void;
}

export interface SentSoFar {
  readonly requests: number;
  readonly records: number;
  /** From sending to the answer, all requests together. */
  readonly milliseconds: number;
}

/**
 * A stream of records to the broker, for whoever sends without waiting. Records of one partition arrive in the order in
 * which they were pushed, and only one request per partition is on its way, so an error cannot reorder them.
 */
export interface Pipeline {
  /** Takes a copy of the record. Numbers rise; they come back in `acknowledged`. */
  push(record: RecordView, number: number): void;
  /** Sends what was pushed. Records wait for it only as long as nothing of their partition is on its way. */
  flush(): void;
  /** Bytes that were pushed and are not acknowledged. */
  readonly pendingBytes: number;
  /** What was sent and answered since the pipeline was opened. */
  readonly sent: SentSoFar;
  /** Gives up what is pending; nothing is called after it. */
  close(): void;
}
