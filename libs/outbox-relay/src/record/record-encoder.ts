import { type ByteRange, header, RecordView } from '@ftgo/messaging/broker';
import { type InsertedRow, type Relation, readMicros } from '../source/wal/pgoutput.js';
import { ExtensionReader } from './extension-reader.js';
import { describeInvalidRow, type InvalidRow, isRequired } from './invalid-row.js';
import { IsoTimeWriter } from './iso-time.js';
import { isSame } from './same-bytes.js';

type Kind = 'text' | 'uuid' | 'time';

interface HeaderColumn {
  readonly name: Buffer;
  readonly column: string;
  readonly kind: Kind;
  readonly isRequired: boolean;
}

const named = (name: string, column: string, kind: Kind = 'text'): HeaderColumn => ({
  name: Buffer.from(name),
  column,
  kind,
  isRequired: isRequired(column),
});
const specVersion = { name: Buffer.from(header.specVersion), value: Buffer.from('1.0') };

/** The headers of a record and their columns, in the order in which they are written. */
export const headerColumns: readonly HeaderColumn[] = [
  named(header.id, 'id', 'uuid'),
  named(header.source, 'source'),
  named(header.type, 'type'),
  named(header.subject, 'subject'),
  named(header.time, 'time', 'time'),
  named(header.dataSchema, 'data_schema'),
  named(header.partitionKey, 'partition_key'),
  named(header.sequence, 'sequence'),
  named(header.correlationId, 'correlation_id'),
  named(header.causationId, 'causation_id'),
  named(header.traceparent, 'traceparent'),
  named(header.tracestate, 'tracestate'),
  named(header.contentType, 'content_type'),
];

/** Columns of rows written before `extensions` existed, which the log may still contain after an upgrade. */
const formerColumns = [
  { name: Buffer.from('ce_sagaid'), column: 'saga_id' },
  { name: Buffer.from('ce_sagastep'), column: 'saga_step' },
  { name: Buffer.from('ce_replyto'), column: 'reply_to' },
  { name: Buffer.from('ce_outcome'), column: 'outcome' },
];

/** The columns that the relay requires, with their types. */
export const neededColumns: ReadonlyMap<string, { readonly type: string; readonly oid: number }> = new Map([
  ...headerColumns.map(({ column, kind }) => [column, typeOf(kind)] as const),
  ['topic', typeOf('text')] as const,
  ['payload', { type: 'bytea', oid: 17 }] as const,
  ['extensions', { type: 'json', oid: 114 }] as const,
]);

function typeOf(kind: Kind): { type: string; oid: number } {
  if (kind === 'uuid') return { type: 'uuid', oid: 2950 };
  return kind === 'time' ? { type: 'timestamptz', oid: 1184 } : { type: 'text', oid: 25 };
}

/** Turns rows of one relation into records, all in one reused view. */
export class RecordEncoder {
  private readonly view = new RecordView();
  private readonly indexes: readonly number[];
  private readonly topicIndex: number;
  private readonly keyIndex: number;
  private readonly payloadIndex: number;
  /** Undefined for rows written before the outbox had the column. */
  private readonly extensionsIndex: number | undefined;
  private readonly formerHeaders: ReadonlyArray<{ readonly name: Buffer; readonly index: number }>;
  private readonly extensions = new ExtensionReader();
  private readonly topics = new TopicNames();
  private readonly idText = Buffer.alloc(36);
  private readonly timeText = Buffer.alloc(40);
  private readonly times = new IsoTimeWriter();

  constructor(private readonly relation: Relation) {
    const indexOf = (column: string) => relation.columns.findIndex(({ name }) => name === column);
    const hasColumn = (column: string) => indexOf(column) >= 0;
    const index = (column: string) => {
      const found = relation.columns.findIndex(({ name, typeOid }) => name === column && typeOid === neededColumns.get(column)?.oid);
      if (found < 0) throw new Error(`the outbox has no column ${column} of type ${neededColumns.get(column)?.type}`);
      return found;
    };
    this.indexes = headerColumns.map(({ column }) => index(column));
    this.topicIndex = index('topic');
    this.keyIndex = index('partition_key');
    this.payloadIndex = index('payload');
    this.extensionsIndex = hasColumn('extensions') ? index('extensions') : undefined;
    this.formerHeaders = formerColumns
      .filter(({ column }) => hasColumn(column))
      .map(({ name, column }) => ({ name, index: indexOf(column) }));
  }

  /**
   * The record of a row. It refers to the row's bytes and to this encoder, and is valid until the next call. Undefined for a
   * row that cannot be turned into a record: a required column is NULL, or the time is out of range.
   */
  encode(row: InsertedRow): RecordView | undefined {
    const { view, indexes } = this;
    const { bytes, starts, ends } = row;
    if (row.isNull(this.topicIndex) || row.isNull(this.keyIndex) || row.isNull(this.payloadIndex)) return undefined;
    view.topic = this.topics.read(bytes, starts[this.topicIndex] as number, ends[this.topicIndex] as number);
    view.key.set(bytes, starts[this.keyIndex] as number, ends[this.keyIndex] as number);
    view.value.set(bytes, starts[this.payloadIndex] as number, ends[this.payloadIndex] as number);
    view.headerCount = 0;
    view.addHeader(specVersion.name).setAll(specVersion.value);
    for (let i = 0; i < indexes.length; i++) {
      const column = indexes[i] as number;
      const start = starts[column] as number;
      const { name, kind, isRequired } = headerColumns[i] as HeaderColumn;
      if (start < 0) {
        if (isRequired) return undefined;
        continue;
      }
      if (!this.setHeader(view.addHeader(name), kind, bytes, start, ends[column] as number)) return undefined;
    }
    return this.addExtensions(row) ? view : undefined;
  }

  /** False if they are not an object of names and strings. */
  private addExtensions({ bytes, starts, ends }: InsertedRow): boolean {
    const { view, extensionsIndex } = this;
    for (const { name, index } of this.formerHeaders) {
      if ((starts[index] as number) >= 0) view.addHeader(name).set(bytes, starts[index] as number, ends[index] as number);
    }
    const start = extensionsIndex === undefined ? -1 : (starts[extensionsIndex] as number);
    return start < 0 || this.extensions.read(view, bytes, start, ends[extensionsIndex as number] as number);
  }

  /** Why a row cannot be turned into a record. */
  describe(row: InsertedRow): InvalidRow {
    return describeInvalidRow((column) => {
      const index = this.relation.columns.findIndex(({ name }) => name === column);
      if (index < 0 || row.isNull(index)) return undefined;
      const [start, end] = [row.starts[index] as number, row.ends[index] as number];
      if (column === 'position') return row.bytes.readBigInt64BE(start).toString();
      if (column === 'id') return this.idText.toString('latin1', 0, writeUuid(row.bytes, start, this.idText));
      if (column === 'time') return timeText(row.bytes.readBigInt64BE(start));
      return row.bytes.toString('utf8', start, end);
    });
  }

  private writeTime(bytes: Buffer, start: number): number {
    const micros = readMicros(bytes, start);
    return this.times.write(Number.isSafeInteger(micros) ? micros : bytes.readBigInt64BE(start), this.timeText);
  }

  /** False if the value is out of range. */
  private setHeader(range: ByteRange, kind: Kind, bytes: Buffer, start: number, end: number): boolean {
    if (kind === 'text') range.set(bytes, start, end);
    else if (kind === 'uuid') range.set(this.idText, 0, writeUuid(bytes, start, this.idText));
    else {
      const length = this.writeTime(bytes, start);
      if (length < 0) return false;
      range.set(this.timeText, 0, length);
    }
    return true;
  }
}

const largest = 2n ** 63n - 1n;

/** Describes an out-of-range time for people. */
export function timeText(micros: bigint): string {
  if (micros === largest) return 'infinity';
  if (micros === -largest - 1n) return '-infinity';
  const days = Number(micros / 86_400_000_000n);
  return `about ${Math.abs(Math.round(days / 365.2425))} years ${days < 0 ? 'before' : 'after'} 2000`;
}

const hexDigits = Buffer.from('0123456789abcdef');
const dashesBefore = new Set([4, 6, 8, 10]);
const dash = '-'.charCodeAt(0);

/** The 36 characters of a UUID from its 16 bytes. */
export function writeUuid(bytes: Buffer, start: number, target: Buffer): number {
  let to = 0;
  for (let i = 0; i < 16; i++) {
    if (dashesBefore.has(i)) target[to++] = dash;
    const byte = bytes[start + i] as number;
    target[to++] = hexDigits[byte >> 4] as number;
    target[to++] = hexDigits[byte & 15] as number;
  }
  return to;
}

/** Caches the few topics of a database as strings. */
class TopicNames {
  private readonly known: { readonly bytes: Buffer; readonly text: string }[] = [];

  read(bytes: Buffer, start: number, end: number): string {
    const { known } = this;
    for (let i = 0; i < known.length; i++) {
      const name = known[i] as { bytes: Buffer; text: string };
      if (isSame(name.bytes, bytes, start, end)) return name.text;
    }
    const text = bytes.toString('utf8', start, end);
    known.push({ bytes: Buffer.from(text), text });
    return text;
  }
}
