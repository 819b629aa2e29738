import type { LeftInLog, ReceivedRecord } from '@ftgo/messaging/broker';
import type { ByteReader } from './bytes.js';

/** The limits of a subscriber. */
export interface Limits {
  /** Key, value and headers of a record. */
  readonly recordBytes: number;
  /** The limit for the decompressed records of a batch. */
  readonly batchBytes: number;
  /** Maximum number of headers of a record: each becomes an object. */
  readonly headers: number;
}

/** More than any message has. */
export const mostHeaders = 1_000;

type Content = Pick<ReceivedRecord, 'key' | 'value' | 'headers' | 'leftInLog'>;

const noHeaders: ReadonlyMap<string, Buffer> = new Map();

/** Reads key, value and headers of a record that ends at `end`, as far as the limits allow. */
export function readContent(reader: ByteReader, end: number, limits: Limits): Content {
  const { recordBytes } = limits;
  const bytes = end - reader.position;
  const key = nullable(reader);
  const value = nullable(reader);
  const count = reader.varint();
  const headerBytes = end - reader.position;
  if (count > limits.headers || headerBytes > recordBytes) {
    const reason = `the record has ${count} headers with ${headerBytes} bytes in all; the limits are ${limits.headers} and ${recordBytes}`;
    return { key: withinLimit(key, recordBytes), value: undefined, headers: noHeaders, leftInLog: { bytes, reason } };
  }
  const headers = readHeaders(reader, count);
  if (bytes <= recordBytes) return { key, value, headers };
  const leftInLog = { bytes, reason: `the record has ${bytes} bytes; the limit is ${recordBytes}` };
  return { key: withinLimit(key, recordBytes), value: undefined, headers, leftInLog };
}

/** Represents a whole batch whose records cannot be taken, at the offset of its last record. */
export const batchLeftInLog = (leftInLog: LeftInLog): Content => ({ key: undefined, value: undefined, headers: noHeaders, leftInLog });

const withinLimit = (key: Buffer | undefined, limit: number): Buffer | undefined => (key && key.length > limit ? undefined : key);

function nullable(reader: ByteReader): Buffer | undefined {
  const length = reader.varint();
  return length < 0 ? undefined : reader.slice(length);
}

function readHeaders(reader: ByteReader, count: number): Map<string, Buffer> {
  const headers = new Map<string, Buffer>();
  for (let left = count; left > 0; left--) {
    const name = reader.text(reader.varint());
    const value = nullable(reader);
    if (value) headers.set(name, value);
    else headers.delete(name);
  }
  return headers;
}
