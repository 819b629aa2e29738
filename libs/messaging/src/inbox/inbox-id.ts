import { createHash } from 'node:crypto';
import type { ReceivedRecord } from '../broker/broker.js';
import { header } from '../message/envelope.js';
import { headerText } from '../message/record-headers.js';

const nothing = Buffer.alloc(0);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id under which a record is remembered in the inbox: the message's own, or one derived from what identifies it. */
export function inboxId(record: ReceivedRecord): string {
  const id = headerText(record, header.id);
  // With its content, since a topic that was created again has another record at the same place.
  if (id === undefined) return derivedId(`${record.topic}/${record.partition}/${record.position}`, record.value);
  return uuid.test(id) ? id.toLowerCase() : derivedId(`${headerText(record, header.source) ?? ''} ${id}`);
}

function derivedId(identity: string, content: Buffer = nothing): string {
  const hex = createHash('sha256').update(identity).update(content).digest('hex');
  // Version 8 (custom), so that it cannot be taken for a UUIDv7 and lands in the inbox's default partition.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
