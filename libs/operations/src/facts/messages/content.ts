import { createHash } from 'node:crypto';
import { commandHeader } from '@ftgo/messaging';
import { allExtensions, header, type ReceivedRecord } from '@ftgo/messaging/broker';
import type { RetainedMessage } from '@ftgo/messaging/operations';
import { sagaHeader } from '@ftgo/sagas/operations';
import type { FoundRecord, SentRow } from './sent-messages.js';

// Rows and records in the same form. Digests, since many of them are in memory at the same time.

export const rowOf = ({ headers, time, extensions, payloadDigest, partitionKey, ...row }: RetainedMessage): SentRow => ({
  position: row.position,
  id: row.id,
  type: headers[header.type] ?? '',
  topic: row.topic,
  source: row.source,
  isPublished: row.isPublished,
  content: {
    key: partitionKey,
    headers: digestOf({ ...headers, ...extensions, [header.specVersion]: '1.0', [header.time]: time.toISOString() }),
    payload: payloadDigest,
  },
});

export function foundRecord(record: ReceivedRecord, id: string): FoundRecord {
  const { topic, partition, position, key, value, headers, leftInLog } = record;
  const text = (name: string): string => String(headers.get(name) ?? '');
  const time = new Date(text(header.time));
  const sequence = text(header.sequence);
  const outcome = text(commandHeader.outcome);
  // The payload of a large record is still in the broker.
  const payload = leftInLog ? undefined : digest(value ?? Buffer.alloc(0));
  return {
    id,
    type: text(header.type),
    place: { topic, partition, position },
    source: text(header.source),
    content: {
      key: String(key ?? ''),
      headers: digestOf({
        ...unfolded(headers),
        [header.time]: Number.isNaN(time.getTime()) ? text(header.time) : time.toISOString(),
      }),
      payload,
    },
    sequence: sequence === '' ? undefined : Number(sequence),
    answers:
      outcome === ''
        ? undefined
        : { step: `${text(sagaHeader.id)} "${text(sagaHeader.step)}"`, answer: [outcome, text(header.type), payload ?? ''].join(' ') },
  };
}

/** Debezium puts all extensions into one header. */
function unfolded(headers: ReadonlyMap<string, Buffer>): Record<string, string> {
  const { [allExtensions]: folded, ...others } = Object.fromEntries([...headers].map(([name, bytes]) => [name, String(bytes)]));
  try {
    return { ...others, ...(folded ? (JSON.parse(folded) as Record<string, string>) : {}) };
  } catch {
    return { ...others, [allExtensions]: folded ?? '' };
  }
}

const digest = (content: string | Buffer): string => createHash('sha256').update(content).digest('base64');

/** An empty header counts as absent. */
const digestOf = (headers: Readonly<Record<string, string | null>>): string =>
  digest(
    JSON.stringify(
      Object.entries(headers)
        .filter(([, value]) => value)
        .toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ),
  );
