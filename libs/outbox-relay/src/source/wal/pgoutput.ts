import { type Lsn, readLsn } from './lsn.js';

/** Where the columns of an inserted row are in the received bytes. Valid only during the call that receives it. */
export class InsertedRow {
  bytes: Buffer = Buffer.alloc(0);
  /** -1 for NULL. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  isNull(column: number): boolean {
    return (this.starts[column] as number) < 0;
  }
}

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
}

export interface Relation {
  readonly oid: number;
  readonly name: string;
  readonly columns: readonly RelationColumn[];
}

export interface PgOutputListener {
  onBegin(commitTimeMicros: number): void;
  /** The end of the commit record: the position that may be acknowledged once everything before it is safe. */
  onCommit(endLsn: Lsn): void;
  onRelation(relation: Relation): void;
  onInsert(relationOid: number, row: InsertedRow): void;
  onLogicalMessage(prefix: string, bytes: Buffer, start: number, end: number): void;
}

const letter = (text: string) => text.charCodeAt(0);
const tags = { begin: letter('B'), commit: letter('C'), relation: letter('R'), insert: letter('I'), message: letter('M') };
const nullColumn = letter('n');
const binaryColumn = letter('b');

/** Decodes the messages of PostgreSQL's output plugin, protocol 1, as far as inserts need them. */
export class PgOutputDecoder {
  private readonly row = new InsertedRow();

  constructor(private readonly listener: PgOutputListener) {}

  decode(bytes: Buffer, start: number, end: number): void {
    const tag = bytes[start];
    if (tag === tags.insert) this.insert(bytes, start);
    else if (tag === tags.begin) this.listener.onBegin(readMicros(bytes, start + 9));
    else if (tag === tags.commit) this.listener.onCommit(readLsn(bytes, start + 10));
    else if (tag === tags.relation) this.listener.onRelation(readRelation(bytes, start, end));
    else if (tag === tags.message) this.logicalMessage(bytes, start, end);
    // Others (type, origin, truncate) do not concern inserted rows.
  }

  private insert(bytes: Buffer, start: number): void {
    const { row } = this;
    row.bytes = bytes;
    const columns = bytes.readUInt16BE(start + 6);
    let at = start + 8;
    for (let column = 0; column < columns; column++) {
      const kind = bytes[at++];
      if (kind === nullColumn) {
        row.starts[column] = -1;
        continue;
      }
      if (kind !== binaryColumn) throw new Error(`unexpected format "${String.fromCharCode(kind as number)}" of a column: expected binary`);
      const length = bytes.readUInt32BE(at);
      at += 4;
      row.starts[column] = at;
      at += length;
      row.ends[column] = at;
    }
    this.listener.onInsert(bytes.readUInt32BE(start + 1), row);
  }

  private logicalMessage(bytes: Buffer, start: number, end: number): void {
    const prefixAt = start + 10;
    const prefixEnd = bytes.indexOf(0, prefixAt);
    this.listener.onLogicalMessage(bytes.toString('utf8', prefixAt, prefixEnd), bytes, prefixEnd + 5, end);
  }
}

/** Microseconds since 2000, as PostgreSQL stores times. */
export const readMicros = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

function readRelation(bytes: Buffer, start: number, end: number): Relation {
  let at = start + 1;
  const oid = bytes.readUInt32BE(at);
  at += 4;
  const text = () => {
    const from = at;
    at = bytes.indexOf(0, at) + 1;
    return bytes.toString('utf8', from, at - 1);
  };
  text();
  const name = text();
  at += 1;
  const count = bytes.readUInt16BE(at);
  at += 2;
  const columns: RelationColumn[] = [];
  while (columns.length < count && at < end) {
    at += 1;
    const column = text();
    columns.push({ name: column, typeOid: bytes.readUInt32BE(at) });
    at += 8;
  }
  return { oid, name, columns };
}
