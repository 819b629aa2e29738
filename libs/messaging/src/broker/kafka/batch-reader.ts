import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import type { OutgoingRecord, ReceivedRecord } from '../broker.js';
import { ByteReader } from './bytes.js';
import type { LogEnd } from './fetch.js';

const leaderEpochAt = 12;
const headerBeforeAttributes = 21;
const compressionMask = 0b111;
const controlBit = 1 << 5;

/** Records of one partition as they were fetched, decoded only when they are taken. */
export class BatchReader {
  private batch: OpenBatch | undefined;
  private readonly reader: ByteReader;

  /** @param bytes whole record batches; a last one that was cut off is left for the next fetch */
  constructor(
    private readonly topic: string,
    private readonly partition: number,
    bytes: Buffer,
    /** Records before it were asked for in an earlier fetch. */
    private readonly from: bigint,
  ) {
    this.reader = new ByteReader(bytes);
  }

  /** Up to `max` of the records that are left. Throws at one that cannot be read, and at every later call again: none is passed over. */
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

  /** The leader's epoch in which the records taken last were written; -1: none yet. */
  get epoch(): number {
    return this.batch?.epoch ?? -1;
  }

  /** Where the last whole batch ends; undefined when there is none. */
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
      this.batch = openBatch(reader);
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

  private decodeRecord({ records, firstOffset, isControl }: OpenBatch): ReceivedRecord | undefined {
    const length = records.varint();
    const next = records.position + length;
    records.skip(1);
    records.skipVarlong();
    const offset = firstOffset + BigInt(records.varint());
    if (isControl || offset < this.from) {
      records.position = next;
      return undefined;
    }
    const { topic, partition } = this;
    const record = { topic, partition, offset, key: nullable(records), value: nullable(records), headers: readHeaders(records) };
    records.position = next;
    return record;
  }
}

interface OpenBatch {
  readonly epoch: number;
  readonly firstOffset: bigint;
  readonly isControl: boolean;
  readonly records: ByteReader;
  left: number;
}

const isWhole = (bytes: Buffer, at: number): boolean => bytes.length - at > 61 - 1 && bytes.length - at >= 12 + bytes.readInt32BE(at + 8);

/** Leaves the reader behind the batch, unless it cannot be opened. */
function openBatch(reader: ByteReader): OpenBatch {
  const start = reader.position;
  const { bytes } = reader;
  const end = start + 12 + bytes.readInt32BE(start + 8);
  const attributes = bytes.readInt16BE(start + headerBeforeAttributes);
  const compression = attributes & compressionMask;
  const records =
    compression === 0 ? new ByteReader(bytes, start + 61, end) : new ByteReader(decompress(compression, bytes.subarray(start + 61, end)));
  reader.position = end;
  return {
    epoch: bytes.readInt32BE(start + leaderEpochAt),
    firstOffset: bytes.readBigInt64BE(start),
    isControl: (attributes & controlBit) !== 0,
    records,
    left: bytes.readInt32BE(start + 57),
  };
}

function decompress(compression: number, bytes: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[compression];
  if (!algorithm) throw new Error(`a record batch is compressed in a way that is not known (${compression})`);
  return algorithm.decompressSync(bytes);
}

function nullable(reader: ByteReader): Buffer | undefined {
  const length = reader.varint();
  return length < 0 ? undefined : reader.slice(length);
}

function readHeaders(reader: ByteReader): Map<string, Buffer> {
  const headers = new Map<string, Buffer>();
  for (let left = reader.varint(); left > 0; left--) {
    const nameLength = reader.varint();
    const name = reader.bytes.toString('utf8', reader.position, reader.position + nameLength);
    reader.skip(nameLength);
    const value = nullable(reader);
    if (value) headers.set(name, value);
    else headers.delete(name);
  }
  return headers;
}

/** The records of a batch that we encoded ourselves, in order: to send them again in other batches, or to show one. */
export function decodeOwn(topic: string, batch: Buffer): OutgoingRecord[] {
  return new BatchReader(topic, 0, batch, 0n).take(Number.MAX_SAFE_INTEGER).map(({ key, value, headers }) => ({
    topic,
    key: key as Buffer,
    value: value as Buffer,
    headers: [...headers].map(([name, bytes]) => [Buffer.from(name), bytes] as const),
  }));
}
