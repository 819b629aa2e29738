import { areExtensions } from './extension-reader.js';

/** Columns without which there is no message, in the order in which a fault of them is reported. */
const required: ReadonlySet<string> = new Set([
  'id',
  'topic',
  'partition_key',
  'payload',
  'type',
  'source',
  'subject',
  'time',
  'correlation_id',
  'causation_id',
  'content_type',
  'data_schema',
]);

export const isRequired = (column: string): boolean => required.has(column);

/** An outbox row of which no message can be made, as it is recorded. */
export interface InvalidRow {
  /** Of the message; made from the position where the row has none. */
  readonly id: string;
  readonly topic: string | undefined;
  readonly reason: string;
}

/** What a row says of itself; a column that is NULL is undefined. */
export type ColumnText = (column: string) => string | undefined;

/** Says what is wrong with a row of which no record could be made. */
export function describeInvalidRow(valueOf: ColumnText): InvalidRow {
  const position = valueOf('position') ?? '0';
  const missing = [...required].find((column) => valueOf(column) === undefined);
  return {
    id: valueOf('id') ?? idOfPosition(position),
    topic: valueOf('topic'),
    reason: `the row at position ${position} of the outbox is invalid: ${problemOf(missing, valueOf)}`,
  };
}

function problemOf(missing: string | undefined, valueOf: ColumnText): string {
  if (missing) return `column ${missing} is NULL, but the message needs a value`;
  const extensions = valueOf('extensions');
  if (extensions !== undefined && !areExtensions(extensions)) return 'column extensions must be a JSON object of header names and texts';
  return `column time is ${valueOf('time')}, but a message needs a time in the years 0000 to 9999`;
}

/** relay_skip has a row for each id: 42 becomes 00000000-0000-0000-0000-00000000002a. */
const idOfPosition = (position: string): string =>
  BigInt(position)
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
