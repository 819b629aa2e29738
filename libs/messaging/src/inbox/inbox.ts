import { createHash } from 'node:crypto';
import type { ReceivedRecord } from '../broker/broker.js';
import { header, headerText } from '../message/envelope.js';
import type { Transaction } from '../transaction/transactions.js';

/** Remembers which messages a consumer group has handled. The unique key decides, never a preceding look-up. */
export class Inbox {
  constructor(readonly group: string) {}

  /** Claims messages in the open transaction; resolves to the ids that were not claimed before. */
  async claim(transaction: Transaction, ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await transaction.query<{ message_id: string }>({
      name: 'messaging-inbox-claim',
      text: `INSERT INTO inbox (consumer_group, message_id) SELECT $1, unnest($2::uuid[])
        ON CONFLICT DO NOTHING RETURNING message_id`,
      values: [this.group, ids],
    });
    return new Set(rows.map((row) => row.message_id));
  }
}

const nothing = Buffer.alloc(0);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id under which the inbox remembers a record: the message's own, or one derived from its place and content. */
export function inboxId(record: ReceivedRecord): string {
  const id = headerText(record, header.id);
  // Includes the content, since a recreated topic has another record at the same place.
  if (id === undefined) return derivedId(`${record.topic}/${record.partition}/${record.position}`, record.value);
  return uuid.test(id) ? id.toLowerCase() : derivedId(`${headerText(record, header.source) ?? ''} ${id}`);
}

function derivedId(identity: string, content: Buffer = nothing): string {
  const hex = createHash('sha256').update(identity).update(content).digest('hex');
  // Version 8 (custom), so that it is not mistaken for a UUIDv7 and is stored in the inbox's default partition.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
