import type { ContentType } from './payload.js';

/** Extension headers by their names in the record: `ce_tenant`. */
export type Extensions = Readonly<Record<string, string>>;

/** The attributes of a message: CloudEvents 1.0, and its cause. An absent attribute is undefined, never an empty string. */
export interface Envelope {
  /** UUIDv7, created by the producer; the same on every redelivery. */
  readonly id: string;
  readonly type: string;
  /** Service and aggregate: `/order-service/orders/17`. */
  readonly source: string;
  readonly subject: string;
  readonly time: Date;
  readonly dataSchema: string;
  readonly contentType: ContentType;
  readonly partitionKey: string;
  /** Events only: the aggregate's own counter, contiguous from 1. */
  readonly sequence?: number | undefined;
  readonly correlationId: string;
  /** The message or request that caused this one. */
  readonly causationId: string;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** All other headers, by name: those of commands and replies, of sagas, of the application. */
  readonly extensions: Extensions;
}

/** Names of the fixed headers, those of CloudEvents in their Kafka binary binding, in the order in which they are written. */
export const header = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  subject: 'ce_subject',
  time: 'ce_time',
  dataSchema: 'ce_dataschema',
  partitionKey: 'ce_partitionkey',
  sequence: 'ce_sequence',
  correlationId: 'ce_correlationid',
  causationId: 'ce_causationid',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  contentType: 'content-type',
} as const;

/** A sequence as text: padded, so that text order is number order. */
export const paddedSequence = (sequence: number): string => String(sequence).padStart(20, '0');

/** The headers of a record as a broker returns them. */
interface WithHeaders {
  readonly headers: ReadonlyMap<string, Buffer>;
}

/** The text of a header; an empty one counts as absent. */
export function headerText({ headers }: WithHeaders, name: string): string | undefined {
  const value = headers.get(name);
  return value === undefined || value.length === 0 ? undefined : value.toString();
}

/** The type of a record's message, or undefined if the record is not a message. */
export const typeOf = (record: WithHeaders): string | undefined => headerText(record, header.type);
