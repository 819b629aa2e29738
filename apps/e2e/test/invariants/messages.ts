import type { RawRecord } from '@ftgo/testing';
import { type OutboxRow, type Picture, placeOf } from './picture.js';

/** Violated invariants of outboxes, topics and inboxes, once no message is in flight. */
export const messageViolations = (picture: Picture): string[] => [
  ...published(picture),
  ...inOrder(picture),
  ...contiguous(picture),
  ...consumed(picture),
  ...answeredOnce(picture),
  ...picture.deadLetters.map(({ database, topic, partition, position, status, error }) =>
    [`${database} stores ${placeOf({ topic, partition, position })} as ${status}: ${error}`].join(),
  ),
];

const idOf = (record: RawRecord): string => record.headers.get('ce_id') ?? '';

/** A message is in its topic, byte for byte, if and only if its transaction committed. */
function published({ outbox, records }: Picture): string[] {
  const byId = Map.groupBy(records, idOf);
  const written = new Set(outbox.map(({ id }) => id));
  const lost = outbox.filter(({ id }) => !byId.has(id)).map(({ database, id, type }) => `${type} ${id} of ${database} was not published`);
  const foreign = records.filter((record) => !written.has(idOf(record))).map((record) => `no outbox has the message at ${placeOf(record)}`);
  const changed = outbox.flatMap((row) => (byId.get(row.id) ?? []).flatMap((record) => differences(row, record)));
  return [...lost, ...foreign, ...changed];
}

function differences(row: OutboxRow, record: RawRecord): string[] {
  const expected: Record<string, string | null> = {
    ce_specversion: '1.0',
    ce_type: row.type,
    ce_source: row.source,
    ce_subject: row.subject,
    ce_dataschema: row.data_schema,
    ce_partitionkey: row.partition_key,
    ce_sequence: row.sequence,
    ce_correlationid: row.correlation_id,
    ce_causationid: row.causation_id,
    ce_sagaid: row.saga_id,
    ce_sagastep: row.saga_step,
    ce_replyto: row.reply_to,
    ce_outcome: row.outcome,
    traceparent: row.traceparent,
    tracestate: row.tracestate,
    'content-type': row.content_type,
  };
  const wrong = Object.entries(expected)
    .filter(([name, value]) => (record.headers.get(name) || null) !== (value || null))
    .map(([name]) => name);
  if (new Date(record.headers.get('ce_time') ?? '').getTime() !== row.time.getTime()) wrong.push('ce_time');
  if (record.key?.toString() !== row.partition_key) wrong.push('the key');
  if (!record.value?.equals(row.payload)) wrong.push('the payload');
  if (record.topic !== row.topic) wrong.push('the topic');
  return wrong.length === 0 ? [] : [`${row.type} ${row.id} was published with another ${wrong.join(', ')}`];
}

/** The first delivery of each message, in the order of the topic's partitions. */
function firstDeliveries(records: readonly RawRecord[]): RawRecord[] {
  const seen = new Set<string>();
  return records.filter((record) => !seen.has(idOf(record)) && seen.add(idOf(record)));
}

/**
 * Messages of one key reach the broker in commit order. `position` follows commit order where one lock orders the
 * transactions, as for messages of one source (an aggregate, a saga; for replies, of one saga).
 */
function inOrder({ outbox, records }: Picture): string[] {
  const rowOf = new Map(outbox.map((row) => [row.id, row]));
  const rows = firstDeliveries(records).flatMap((record) => rowOf.get(idOf(record)) ?? []);
  const lines = Map.groupBy(rows, ({ database, topic, partition_key, source }) => [database, topic, partition_key, source].join(' '));
  return [...lines].flatMap(([line, rows]) =>
    rows.slice(1).flatMap((row, i) => {
      const before = rows[i] as OutboxRow;
      return before.position < row.position
        ? []
        : [`${line}: ${before.type} (${before.position}) was published before ${row.type} (${row.position})`];
    }),
  );
}

/** The events of one aggregate are numbered from 1 without gaps, and first deliveries are in that order. */
function contiguous({ records }: Picture): string[] {
  const events = firstDeliveries(records).filter(({ headers }) => headers.has('ce_sequence'));
  const lines = Map.groupBy(events, ({ headers }) => headers.get('ce_source'));
  return [...lines].flatMap(([source, line]) => {
    const numbers = line.map(({ headers }) => Number(headers.get('ce_sequence')));
    return numbers.every((number, i) => number === i + 1) ? [] : [`the events of ${source} arrived as ${numbers.join(', ')}`];
  });
}

const groupsOf: Readonly<Record<string, readonly string[]>> = {
  'ftgo.accounting.commands': ['accounting-service'],
  'ftgo.consumer.commands': ['consumer-service'],
  'ftgo.consumer.events': ['accounting-service'],
  'ftgo.kitchen.commands': ['kitchen-service'],
  'ftgo.order.create-order-saga.replies': ['order-service'],
  'ftgo.restaurant.events': ['order-service', 'kitchen-service'],
};

function consumed({ records, inbox }: Picture): string[] {
  return firstDeliveries(records).flatMap((record) =>
    (groupsOf[record.topic] ?? [])
      .filter((group) => !inbox.get(group)?.has(idOf(record)))
      .map((group) => `${group} has not handled ${record.headers.get('ce_type')} ${idOf(record)}`),
  );
}

/** A step of a saga has one reply, however often its command is sent. */
function answeredOnce({ records }: Picture): string[] {
  const replies = records.filter(({ headers }) => headers.has('ce_outcome'));
  const bySteps = Map.groupBy(replies, ({ headers }) => `${headers.get('ce_sagaid')} "${headers.get('ce_sagastep')}"`);
  return [...bySteps].flatMap(([step, replies]) => {
    const answers = new Set(
      replies.map(({ headers, value }) => `${headers.get('ce_outcome')} ${headers.get('ce_type')} ${value?.toString('latin1')}`),
    );
    return answers.size === 1 ? [] : [`saga ${step} got ${answers.size} different replies: ${[...answers].join(' | ')}`];
  });
}
