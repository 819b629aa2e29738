import { type ByteRange, RecordView } from '../broker/pipeline.js';
import { header } from '../message/envelope.js';
import { IsoTimeWriter } from './iso-time.js';
import { type InsertedRow, type Relation, readMicros } from './pgoutput.js';

type Kind = 'text' | 'uuid' | 'time';

interface HeaderColumn {
  readonly name: Buffer;
  readonly column: string;
  readonly kind: Kind;
}

const named = (name: string, column: string, kind: Kind = 'text'): HeaderColumn => ({ name: Buffer.from(name), column, kind });
const specVersion = { name: Buffer.from(header.specVersion), value: Buffer.from('1.0') };

/** The headers of a record and the columns that they come from, in the order in which they are written. */
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
  named(header.sagaId, 'saga_id'),
  named(header.sagaStep, 'saga_step'),
  named(header.replyTo, 'reply_to'),
  named(header.outcome, 'outcome'),
  named(header.traceparent, 'traceparent'),
  named(header.tracestate, 'tracestate'),
  named(header.contentType, 'content_type'),
];

/** Every column that the relay needs, with the type that it must have. */
export const neededColumns: ReadonlyMap<string, { readonly type: string; readonly oid: number }> = new Map([
  ...headerColumns.map(({ column, kind }) => [column, typeOf(kind)] as const),
  ['topic', typeOf('text')] as const,
  ['payload', { type: 'bytea', oid: 17 }] as const,
]);

function typeOf(kind: Kind): { type: string; oid: number } {
  if (kind === 'uuid') return { type: 'uuid', oid: 2950 };
  return kind === 'time' ? { type: 'timestamptz', oid: 1184 } : { type: 'text', oid: 25 };
}

/** Turns rows of one relation into records; one view serves them all. */
export class RecordEncoder {
  private readonly view = new RecordView();
  private readonly indexes: readonly number[];
  private readonly topicIndex: number;
  private readonly keyIndex: number;
  private readonly payloadIndex: number;
  private readonly topics = new TopicNames();
  private readonly idText = Buffer.alloc(36);
  private readonly timeText = Buffer.alloc(40);
  private readonly times = new IsoTimeWriter();

  constructor(relation: Relation) {
    const index = (column: string) => {
      const found = relation.columns.findIndex(({ name, typeOid }) => name === column && typeOid === neededColumns.get(column)?.oid);
      if (found < 0) throw new Error(`the outbox has no column ${column} of type ${neededColumns.get(column)?.type}`);
      return found;
    };
    this.indexes = headerColumns.map(({ column }) => index(column));
    this.topicIndex = index('topic');
    this.keyIndex = index('partition_key');
    this.payloadIndex = index('payload');
  }

  /** The record of a row. It lies in the row's bytes and in this encoder, until the next call. */
  encode(row: InsertedRow): RecordView {
    const { view, indexes } = this;
    const { bytes, starts, ends } = row;
    view.topic = this.topics.read(bytes, starts[this.topicIndex] as number, ends[this.topicIndex] as number);
    view.key.set(bytes, starts[this.keyIndex] as number, ends[this.keyIndex] as number);
    view.value.set(bytes, starts[this.payloadIndex] as number, ends[this.payloadIndex] as number);
    view.headerCount = 0;
    view.addHeader(specVersion.name).setAll(specVersion.value);
    for (let i = 0; i < indexes.length; i++) {
      const column = indexes[i] as number;
      const start = starts[column] as number;
      if (start < 0) continue;
      const { name, kind } = headerColumns[i] as HeaderColumn;
      this.setHeader(view.addHeader(name), kind, bytes, start, ends[column] as number);
    }
    return view;
  }

  private writeTime(bytes: Buffer, start: number): number {
    const micros = readMicros(bytes, start);
    return this.times.write(Number.isSafeInteger(micros) ? micros : bytes.readBigInt64BE(start), this.timeText);
  }

  private setHeader(range: ByteRange, kind: Kind, bytes: Buffer, start: number, end: number): void {
    if (kind === 'text') range.set(bytes, start, end);
    else if (kind === 'uuid') range.set(this.idText, 0, writeUuid(bytes, start, this.idText));
    else range.set(this.timeText, 0, this.writeTime(bytes, start));
  }
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

/** The few topics of a database, as text without making it anew for every row. */
class TopicNames {
  private readonly known: { readonly bytes: Buffer; readonly text: string }[] = [];

  read(bytes: Buffer, start: number, end: number): string {
    const { known } = this;
    for (let i = 0; i < known.length; i++) {
      const name = known[i] as { bytes: Buffer; text: string };
      if (same(name.bytes, bytes, start, end)) return name.text;
    }
    const text = bytes.toString('utf8', start, end);
    known.push({ bytes: Buffer.from(text), text });
    return text;
  }
}

/** From the back, where names of topics differ. */
function same(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = name.length - 1; i >= 0; i--) if (name[i] !== bytes[start + i]) return false;
  return true;
}
