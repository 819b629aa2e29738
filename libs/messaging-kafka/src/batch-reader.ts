import type { LeftInLog, OutgoingRecord, ReceivedRecord } from '@ftgo/messaging/broker';
import { ByteReader } from './bytes.js';
import { decompressWithin, ExpandsTooMuch } from './decompress.js';
import type { LogEnd } from './fetch.js';
import { batchLeftInLog, type Limits, readContent } from './record-decoder.js';

const leaderEpochAt = 12;
const headerBeforeAttributes = 21;
const compressionMask = 0b111;
const controlBit = 1 << 5;

/** Fetched records of one partition, decoded only when they are taken. */
export class BatchReader {
  private batch: OpenBatch | undefined;
  private readonly reader: ByteReader;

  /** @param bytes whole record batches; a truncated last one is left for the next fetch */
  constructor(
    private readonly topic: string,
    private readonly partition: number,
    bytes: Buffer,
    /** Earlier records belong to a previous fetch. */
    private readonly from: bigint,
    private readonly limits: Limits,
  ) {
    this.reader = new ByteReader(bytes);
  }

  /**
   * Up to `max` of the remaining records. Throws at a record that cannot be decoded, and again on every later call: none is
   * skipped.
   */
  take(max: number): ReceivedRecord[] {
    const taken: ReceivedRecord[] = [];
    try {
      while (taken.length < max && this.openNext()) {
        const record = this.readRecord(this.batch as OpenBatch);
        if (record) taken.push(record);
      }
    } catch (error) {
      if (taken.length === 0) throw error;
    }
    return taken;
  }

  /** The leader epoch of the records taken last; -1: none yet. */
  get epoch(): number {
    return this.batch?.epoch ?? -1;
  }

  /** The end of the last whole batch; undefined if there is none. */
  static endOf(bytes: Buffer): LogEnd | undefined {
    let end: LogEnd | undefined;
    for (let at = 0; isWhole(bytes, at); at += 12 + bytes.readInt32BE(at + 8)) {
      const offset = bytes.readBigInt64BE(at) + BigInt(bytes.readInt32BE(at + 23)) + 1n;
      end = { offset, epoch: bytes.readInt32BE(at + leaderEpochAt) };
    }
    return end;
  }

  private openNext(): boolean {
    while (!this.batch || this.batch.left === 0) {
      const { reader } = this;
      if (!isWhole(reader.bytes, reader.position)) return false;
      this.batch = openBatch(reader, this.limits.batchBytes);
    }
    return true;
  }

  private readRecord(batch: OpenBatch): ReceivedRecord | undefined {
    const { records } = batch;
    const start = records.position;
    try {
      const record = this.decodeRecord(batch);
      batch.left--;
      return record;
    } catch (error) {
      records.position = start;
      throw error;
    }
  }

  private decodeRecord({ records, firstOffset, lastOffset, isControl, leftInLog }: OpenBatch): ReceivedRecord | undefined {
    const { topic, partition } = this;
    if (leftInLog) {
      if (isControl || lastOffset < this.from) return undefined;
      return { topic, partition, position: lastOffset.toString(), ...batchLeftInLog(leftInLog) };
    }
    const length = records.varint();
    const next = records.position + length;
    if (next > records.end) throw new RangeError(`a record of ${length} bytes is truncated`);
    records.skip(1);
    records.skipVarlong();
    const offset = firstOffset + BigInt(records.varint());
    if (isControl || offset < this.from) {
      records.position = next;
      return undefined;
    }
    const { key, value, headers, leftInLog: left } = readContent(records, next, this.limits);
    records.position = next;
    const record = { topic, partition, position: offset.toString(), key, value, headers };
    return left ? { ...record, leftInLog: left } : record;
  }
}

interface OpenBatch {
  readonly epoch: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly isControl: boolean;
  readonly records: ByteReader;
  /** The records of the batch cannot be taken: one record represents them all. */
  readonly leftInLog: LeftInLog | undefined;
  left: number;
}

const isWhole = (bytes: Buffer, at: number): boolean => bytes.length - at > 61 - 1 && bytes.length - at >= 12 + bytes.readInt32BE(at + 8);

/** Moves the reader past the batch, unless it cannot be opened. */
function openBatch(reader: ByteReader, limit: number): OpenBatch {
  const start = reader.position;
  const { bytes } = reader;
  const end = start + 12 + bytes.readInt32BE(start + 8);
  const attributes = bytes.readInt16BE(start + headerBeforeAttributes);
  const compression = attributes & compressionMask;
  const firstOffset = bytes.readBigInt64BE(start);
  const count = bytes.readInt32BE(start + 57);
  const header = {
    epoch: bytes.readInt32BE(start + leaderEpochAt),
    firstOffset,
    lastOffset: firstOffset + BigInt(bytes.readInt32BE(start + 23)),
    isControl: (attributes & controlBit) !== 0,
  };
  const records =
    compression === 0 ? new ByteReader(bytes, start + 61, end) : expanded(compression, bytes.subarray(start + 61, end), limit);
  reader.position = end;
  if (records) return { ...header, records, left: count, leftInLog: undefined };
  const [what, expand] = count === 1 ? ['1 record', 'expands'] : [`${count} records`, 'expand'];
  const reason = `${what} from offset ${firstOffset} to ${header.lastOffset} ${expand} to more than ${limit} bytes`;
  return { ...header, records: new ByteReader(nothing), left: 1, leftInLog: { bytes: end - start, reason } };
}

/** Undefined if it would take more than `limit` bytes. */
function expanded(compression: number, bytes: Buffer, limit: number): ByteReader | undefined {
  try {
    return new ByteReader(decompressWithin(limit, compression, bytes));
  } catch (error) {
    if (error instanceof ExpandsTooMuch) return undefined;
    throw error;
  }
}

const nothing = Buffer.alloc(0);
const all = Number.MAX_SAFE_INTEGER;
const everything: Limits = { recordBytes: all, batchBytes: all, headers: all };

/** The records of a batch that we encoded, in order: to send them again in other batches, or to report one. */
export function decodeOwn(topic: string, batch: Buffer): OutgoingRecord[] {
  return new BatchReader(topic, 0, batch, 0n, everything).take(Number.MAX_SAFE_INTEGER).map(({ key, value, headers }) => ({
    topic,
    key: key as Buffer,
    value: value as Buffer,
    headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
  }));
}
