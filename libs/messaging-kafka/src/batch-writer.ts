import type { RecordView } from '@ftgo/messaging/broker';
import { crc32c, Writer } from '@platformatic/kafka';
import { ByteReader, copyBytes, varintSize, writeVarint } from './bytes.js';

/** The part of a record batch, format 2, before its records. */
const headerSize = 61;
const at = {
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  sequence: 53,
  count: 57,
} as const;

export interface ProducerIdentity {
  readonly id: bigint;
  readonly epoch: number;
}

/** A record batch being written: records are encoded directly from their buffers, and nothing of them is kept. */
export class BatchWriter {
  /** The caller's numbers of the records. */
  readonly numbers: number[] = [];
  private end = headerSize;

  constructor(private readonly buffer: Buffer) {}

  get count(): number {
    return this.numbers.length;
  }

  get size(): number {
    return this.end;
  }

  get storage(): Buffer {
    return this.buffer;
  }

  /** Upper bound for the size of a batch with only this record. */
  static sizeFor(record: RecordView): number {
    return headerSize + bodySize(record, 0) + 10;
  }

  /** False if the record does not fit any more. */
  append(record: RecordView, number: number): boolean {
    const length = bodySize(record, this.count);
    if (this.end + varintSize(length) + length > this.buffer.length) return false;
    this.end = writeRecord(record, this.count, length, this.buffer, this.end);
    this.numbers.push(number);
    return true;
  }

  /** Splits the records into two batches, byte for byte. Requires two records. */
  split(): [BatchWriter, BatchWriter] {
    const first = new BatchWriter(Buffer.allocUnsafe(this.end));
    const second = new BatchWriter(Buffer.allocUnsafe(this.end));
    const half = this.count >> 1;
    const reader = new ByteReader(this.buffer, headerSize, this.end);
    for (let i = 0; i < this.count; i++) {
      const end = reader.varint() + reader.position;
      reader.skip(2);
      reader.varint();
      (i < half ? first : second).appendEncoded(this.buffer, reader.position, end, this.numbers[i] as number);
      reader.position = end;
    }
    return [first, second];
  }

  private appendEncoded(source: Buffer, start: number, end: number, number: number): void {
    const { buffer, count } = this;
    let to = writeVarint(2 + varintSize(count) + end - start, buffer, this.end);
    buffer[to++] = 0;
    buffer[to++] = 0;
    to = writeVarint(count, buffer, to);
    this.end = copyBytes(source, start, end, buffer, to);
    this.numbers.push(number);
  }

  /** The finished batch. A batch with the same records may be sealed again, for another producer or sequence. */
  seal(producer: ProducerIdentity, sequence: number, now: number): Buffer {
    const { buffer, end, count } = this;
    const timestamp = BigInt(now);
    buffer.fill(0, 0, at.length);
    buffer.writeInt32BE(end - at.leaderEpoch, at.length);
    buffer.writeInt32BE(-1, at.leaderEpoch);
    buffer[at.magic] = 2;
    buffer.writeInt16BE(0, at.attributes);
    buffer.writeInt32BE(count - 1, at.lastOffsetDelta);
    buffer.writeBigInt64BE(timestamp, at.firstTimestamp);
    buffer.writeBigInt64BE(timestamp, at.maxTimestamp);
    buffer.writeBigInt64BE(producer.id, at.producerId);
    buffer.writeInt16BE(producer.epoch, at.producerEpoch);
    buffer.writeInt32BE(sequence, at.sequence);
    buffer.writeInt32BE(count, at.count);
    // A Writer, since the client copies anything else.
    buffer.writeUInt32BE(crc32c(Writer.create().append(buffer.subarray(at.attributes, end)).dynamicBuffer), at.crc);
    return buffer.subarray(0, end);
  }
}

/** Attributes and the timestamp delta, one byte each (both 0), then the rest. */
function bodySize(record: RecordView, offsetDelta: number): number {
  const { key, value, headerCount } = record;
  let size = 2 + varintSize(offsetDelta) + varintSize(key.length) + key.length + varintSize(value.length) + value.length;
  size += varintSize(headerCount);
  for (let i = 0; i < headerCount; i++) {
    const nameLength = (record.headerNames[i] as Buffer).length;
    const valueLength = (record.headerValues[i] as { length: number }).length;
    size += varintSize(nameLength) + nameLength + varintSize(valueLength) + valueLength;
  }
  return size;
}

// Deliberately one function: it runs for every record of a relay.
function writeRecord(record: RecordView, offsetDelta: number, length: number, target: Buffer, position: number): number {
  const { key, value, headerCount, headerNames, headerValues } = record;
  let to = writeVarint(length, target, position);
  target[to++] = 0;
  target[to++] = 0;
  to = writeVarint(offsetDelta, target, to);
  to = writeVarint(key.end - key.start, target, to);
  to = copyBytes(key.source, key.start, key.end, target, to);
  to = writeVarint(value.end - value.start, target, to);
  to = copyBytes(value.source, value.start, value.end, target, to);
  to = writeVarint(headerCount, target, to);
  for (let i = 0; i < headerCount; i++) {
    const name = headerNames[i] as Buffer;
    to = writeVarint(name.length, target, to);
    to = copyBytes(name, 0, name.length, target, to);
    const range = headerValues[i] as { source: Buffer; start: number; end: number };
    to = writeVarint(range.end - range.start, target, to);
    to = copyBytes(range.source, range.start, range.end, target, to);
  }
  return to;
}
