import { partitionOf, type RecordView } from '@ftgo/messaging/broker';
import { headerOverheadBytes } from './headers.js';
import type { Topic } from './topics.js';

/** The limit of a transaction. */
const mostRecords = 1_000;
const mostBytes = 2 * 1024 * 1024;
const firstBytes = 16 * 1024;

interface Packed {
  readonly topic: string;
  readonly start: number;
  readonly size: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly headerBytes: number;
}

interface Place {
  readonly topicId: number;
  readonly partition: number;
  readonly records: Packed[];
}

/** The size of a record: its key, its value and its headers. */
export function sizeOf({ key, value, headerCount, headerNames, headerValues }: RecordView): number {
  let size = key.length + value.length;
  for (let i = 0; i < headerCount; i++) size += (headerNames[i]?.length ?? 0) + (headerValues[i]?.length ?? 0);
  return size;
}

export const appendStatement = {
  name: 'append',
  text: 'SELECT broker.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
};

/** Records of one transaction, packed into a buffer: the server splits them, and no byte is sent as text. */
export class Batch {
  readonly topics = new Set<string>();
  /** The number of the last record. */
  lastNumber = 0;
  private readonly records: Packed[] = [];
  private body = Buffer.allocUnsafe(firstBytes);
  private end = 0;

  get count(): number {
    return this.records.length;
  }

  get bytes(): number {
    return this.end;
  }

  get isFull(): boolean {
    return this.records.length >= mostRecords || this.end >= mostBytes;
  }

  add(view: RecordView, number: number): void {
    const { topic, key, value, headerCount } = view;
    const size = sizeOf(view);
    const start = this.end;
    this.reserve(size + headerCount * headerOverheadBytes);
    this.write(key.source, key.start, key.end);
    this.write(value.source, value.start, value.end);
    this.writeHeaders(view);
    const headerBytes = this.end - start - key.length - value.length;
    this.records.push({ topic, start, size, keyBytes: key.length, valueBytes: value.length, headerBytes });
    this.topics.add(topic);
    this.lastNumber = number;
  }

  /** The values of `appendStatement`. Partitions are sorted, so that all publishers lock them in the same order. */
  valuesFor(topics: ReadonlyMap<string, Topic>): unknown[] {
    const places = this.places(topics);
    const records = places.flatMap((place, index) => place.records.map((record, number) => ({ ...record, place: index + 1, number })));
    const column = <Of>(of: readonly Of[], value: (one: Of) => number) => `{${of.map(value).join(',')}}`;
    return [
      column(places, ({ topicId }) => topicId),
      column(places, ({ partition }) => partition),
      column(places, (place) => place.records.length),
      column(records, ({ place }) => place),
      column(records, ({ number }) => number),
      column(records, ({ start }) => start),
      column(records, ({ size }) => size),
      column(records, ({ keyBytes }) => keyBytes),
      column(records, ({ valueBytes }) => valueBytes),
      column(records, ({ headerBytes }) => headerBytes),
      this.body.subarray(0, this.end),
    ];
  }

  private places(topics: ReadonlyMap<string, Topic>): Place[] {
    const places = new Map<string, Place>();
    for (const record of this.records) {
      const { id: topicId, partitions } = topics.get(record.topic) as Topic;
      const partition = partitionOf(partitions, this.body, record.start, record.start + record.keyBytes);
      const key = `${topicId}/${partition}`;
      const place = places.get(key);
      if (place) place.records.push(record);
      else places.set(key, { topicId, partition, records: [record] });
    }
    return [...places.values()].toSorted((a, b) => a.topicId - b.topicId || a.partition - b.partition);
  }

  private writeHeaders({ headerCount, headerNames, headerValues }: RecordView): void {
    for (let i = 0; i < headerCount; i++) {
      const name = headerNames[i] as Buffer;
      const value = headerValues[i] as RecordView['value'];
      this.end = this.body.writeUInt32BE(name.length, this.end);
      this.write(name, 0, name.length);
      this.end = this.body.writeUInt32BE(value.length, this.end);
      this.write(value.source, value.start, value.end);
    }
  }

  private write(source: Buffer, start: number, end: number): void {
    source.copy(this.body, this.end, start, end);
    this.end += end - start;
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.body.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.body.length * 2, this.end + bytes));
    this.body.copy(larger, 0, 0, this.end);
    this.body = larger;
  }
}
