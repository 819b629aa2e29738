import { header, type OutgoingRecord, RecordView } from '@ftgo/messaging/broker';
import { ExtensionReader } from '../record/extension-reader.js';
import { describeInvalidRow, type InvalidRow } from '../record/invalid-row.js';
import { IsoTimeWriter } from '../record/iso-time.js';
import { headerColumns, timeText } from '../record/record-encoder.js';

/** A selected row: text except for the payload; times in microseconds since 2000, as in the log. */
export type OutboxRow = Readonly<Record<string, string | null>> & { readonly payload: Buffer | null };

const micros = (column: string) => `(CASE WHEN isfinite("${column}") THEN ((extract(epoch FROM "${column}") - 946684800) * 1000000)::bigint
  WHEN "${column}" > now() THEN '9223372036854775807'::bigint ELSE '-9223372036854775808'::bigint END)::text AS "${column}"`;

/** The select list. */
export const rowColumns = [
  'position::text',
  'topic',
  'payload',
  ...headerColumns.map(({ column, kind }) => (kind === 'time' ? micros(column) : `"${column}"::text`)),
  'extensions::text',
].join(', ');

const textColumns = [...headerColumns.filter(({ kind }) => kind !== 'time').map(({ column }) => column), 'extensions'];

/** The size of a row's large columns in bytes, computed without reading values that are stored out of line. */
export const rowBytes = `(octet_length(payload)::bigint + ${textColumns.map((column) => `coalesce(octet_length("${column}"::text), 0)`).join(' + ')})::float8`;

const times = new IsoTimeWriter();
const extensions = new ExtensionReader();
const isoTime = Buffer.alloc(40);
const specVersion: [Buffer, Buffer] = [Buffer.from(header.specVersion), Buffer.from('1.0')];

/** The same bytes as from the log; undefined for a row that cannot be turned into a record. */
export function recordOf(row: OutboxRow): OutgoingRecord | undefined {
  const { topic, partition_key: key, payload } = row;
  if (typeof topic !== 'string' || typeof key !== 'string' || !payload) return undefined;
  const headers = headersOf(row);
  if (!headers || !addExtensions(headers, row['extensions'] ?? undefined)) return undefined;
  return { topic, key: Buffer.from(key), value: payload, headers };
}

/** Undefined if a required column is NULL, or a time is out of range. */
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

/** False if they are not an object of names and strings. */
function addExtensions(headers: [Buffer, Buffer][], text: string | undefined): boolean {
  if (text === undefined) return true;
  const view = new RecordView();
  const bytes = Buffer.from(text);
  if (!extensions.read(view, bytes, 0, bytes.length)) return false;
  headers.push(...(view.copy().headers as [Buffer, Buffer][]));
  return true;
}

/** Why a row cannot be turned into a record. */
export const describeRow = (row: OutboxRow): InvalidRow =>
  describeInvalidRow((column) => {
    if (column === 'payload') return row.payload ? '' : undefined;
    const value = row[column] ?? undefined;
    return column === 'time' && value !== undefined ? timeText(BigInt(value)) : value;
  });
