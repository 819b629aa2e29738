import { areExtensions } from './extension-reader.js';

/** The required columns, in the order in which missing values are reported. */
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

/** An outbox row that cannot be turned into a message, as recorded. */
export interface InvalidRow {
  /** The id of the message; derived from the position if the row has none. */
  readonly id: string;
  readonly topic: string | undefined;
  readonly reason: string;
}

/** Reads a column of a row; undefined for NULL. */
export type ColumnText = (column: string) => string | undefined;

/** Describes why a row cannot be turned into a record. */
export function describeInvalidRow(valueOf: ColumnText): InvalidRow {
  const position = valueOf('position') ?? '0';
  const missing = [...required].find((column) => valueOf(column) === undefined);
  return {
    id: valueOf('id') ?? idOfPosition(position),
    topic: valueOf('topic'),
    reason: `invalid outbox row at position ${position}: ${problemOf(missing, valueOf)}`,
  };
}

function problemOf(missing: string | undefined, valueOf: ColumnText): string {
  if (missing) return `column ${missing} is NULL, but a message needs a value`;
  const extensions = valueOf('extensions');
  if (extensions !== undefined && !areExtensions(extensions)) return 'column extensions must be a JSON object of header names and strings';
  return `column time is ${valueOf('time')}, but a message needs a time between the years 0000 and 9999`;
}

/** Derives a key for relay_skip from a position: 42 becomes 00000000-0000-0000-0000-00000000002a. */
const idOfPosition = (position: string): string =>
  BigInt(position)
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
