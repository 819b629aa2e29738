import { header, type OutgoingRecord, RecordView } from '@ftgo/messaging/broker';
import { ExtensionReader } from '../record/extension-reader.js';
import { describeInvalidRow, type InvalidRow } from '../record/invalid-row.js';
import { IsoTimeWriter } from '../record/iso-time.js';
import { headerColumns, timeText } from '../record/record-encoder.js';

/** A row as it is selected: text, but for the payload; times in microseconds since 2000, as the log has them. */
export type OutboxRow = Readonly<Record<string, string | null>> & { readonly payload: Buffer | null };

const micros = (column: string) => `(CASE WHEN isfinite("${column}") THEN ((extract(epoch FROM "${column}") - 946684800) * 1000000)::bigint
  WHEN "${column}" > now() THEN '9223372036854775807'::bigint ELSE '-9223372036854775808'::bigint END)::text AS "${column}"`;

/** What is selected of a row. */
export const rowColumns = [
  'position::text',
  'topic',
  'payload',
  ...headerColumns.map(({ column, kind }) => (kind === 'time' ? micros(column) : `"${column}"::text`)),
  'extensions::text',
].join(', ');

const textColumns = [...headerColumns.filter(({ kind }) => kind !== 'time').map(({ column }) => column), 'extensions'];

/** How many bytes a row takes, as far as that may be many; known without reading what is stored apart from the row. */
export const rowBytes = `(octet_length(payload)::bigint + ${textColumns.map((column) => `coalesce(octet_length("${column}"::text), 0)`).join(' + ')})::float8`;

const times = new IsoTimeWriter();
const extensions = new ExtensionReader();
const isoTime = Buffer.alloc(40);
const specVersion: [Buffer, Buffer] = [Buffer.from(header.specVersion), Buffer.from('1.0')];

/** The same bytes that the log would have brought; undefined for a row of which no record can be made. */
export function recordOf(row: OutboxRow): OutgoingRecord | undefined {
  const { topic, partition_key: key, payload } = row;
  if (typeof topic !== 'string' || typeof key !== 'string' || !payload) return undefined;
  const headers = headersOf(row);
  if (!headers || !addExtensions(headers, row['extensions'] ?? undefined)) return undefined;
  return { topic, key: Buffer.from(key), value: payload, headers };
}

/** Undefined when one that every message needs is missing, or a time is out of range. */
function headersOf(row: OutboxRow): [Buffer, Buffer][] | undefined {
  const headers = [specVersion];
  for (const { name, column, kind, isRequired } of headerColumns) {
    const value = row[column] ?? undefined;
    if (value === undefined && isRequired) return undefined;
    if (value === undefined) continue;
    const length = kind === 'time' ? times.write(BigInt(value), isoTime) : 0;
    if (length < 0) return undefined;
    headers.push([name, kind === 'time' ? Buffer.from(isoTime.subarray(0, length)) : Buffer.from(value)]);
  }
  return headers;
}

/** False when they are not a map of names and texts. */
function addExtensions(headers: [Buffer, Buffer][], text: string | undefined): boolean {
  if (text === undefined) return true;
  const view = new RecordView();
  const bytes = Buffer.from(text);
  if (!extensions.read(view, bytes, 0, bytes.length)) return false;
  headers.push(...(view.copy().headers as [Buffer, Buffer][]));
  return true;
}

/** What is wrong with a row of which no record could be made. */
export const describeRow = (row: OutboxRow): InvalidRow =>
  describeInvalidRow((column) => {
    if (column === 'payload') return row.payload ? '' : undefined;
    const value = row[column] ?? undefined;
    return column === 'time' && value !== undefined ? timeText(BigInt(value)) : value;
  });
