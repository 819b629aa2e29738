import { type Envelope, type Extensions, paddedSequence } from '../message/envelope.js';

/** A message as it stands in the outbox: what the relay will send, byte for byte. */
export interface OutboxRecord extends Envelope {
  readonly topic: string;
  readonly payload: Buffer;
}

interface Column {
  readonly name: string;
  readonly type: string;
  value(record: OutboxRecord): unknown;
}

/** The columns that a sender writes, in the order of the insert. `position`, `xid` and `created_at` are Postgres's. */
export const outboxColumns: readonly Column[] = [
  { name: 'id', type: 'uuid', value: (r) => r.id },
  { name: 'topic', type: 'text', value: (r) => r.topic },
  { name: 'partition_key', type: 'text', value: (r) => r.partitionKey },
  { name: 'type', type: 'text', value: (r) => r.type },
  { name: 'source', type: 'text', value: (r) => r.source },
  { name: 'subject', type: 'text', value: (r) => r.subject },
  { name: 'sequence', type: 'text', value: (r) => (r.sequence === undefined ? undefined : paddedSequence(r.sequence)) },
  { name: 'time', type: 'timestamptz', value: (r) => r.time },
  { name: 'correlation_id', type: 'text', value: (r) => r.correlationId },
  { name: 'causation_id', type: 'text', value: (r) => r.causationId },
  { name: 'extensions', type: 'json', value: (r) => jsonOf(r.extensions) },
  { name: 'traceparent', type: 'text', value: (r) => r.traceparent },
  { name: 'tracestate', type: 'text', value: (r) => r.tracestate },
  { name: 'content_type', type: 'text', value: (r) => r.contentType },
  { name: 'data_schema', type: 'text', value: (r) => r.dataSchema },
  { name: 'payload', type: 'bytea', value: (r) => r.payload },
];

function jsonOf(extensions: Extensions): string | undefined {
  for (const _ in extensions) return JSON.stringify(extensions);
  return undefined;
}
