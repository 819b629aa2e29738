import { createHash } from 'node:crypto';
import type { ReceivedRecord } from '../broker/broker.js';
import { type Envelope, header, type Outcome } from '../message/envelope.js';
import { type ContentType, jsonContentType, protobufContentType } from '../message/payload.js';
import { Undecodable } from './errors.js';

const nothing = Buffer.alloc(0);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The type of a record's message, or undefined when it is no message of ours. */
export const typeOf = (record: ReceivedRecord): string | undefined => text(record, header.type);

/** The id under which a record is remembered in the inbox: the message's own, or one derived from what identifies it. */
export function inboxId(record: ReceivedRecord): string {
  const id = text(record, header.id);
  // With its content, since a topic that was created again has another record at the same place.
  if (id === undefined) return derivedId(`${record.topic}/${record.partition}/${record.offset}`, record.value);
  return uuid.test(id) ? id.toLowerCase() : derivedId(`${text(record, header.source) ?? ''} ${id}`);
}

/** Reads the attributes of a message from its headers (CloudEvents 1.0, Kafka binary binding). Throws Undecodable. */
export function envelopeOf(record: ReceivedRecord): Envelope {
  const id = inboxId(record);
  const correlationId = text(record, header.correlationId) ?? id;
  return {
    id,
    type: required(record, header.type),
    source: text(record, header.source) ?? '',
    subject: text(record, header.subject) ?? '',
    time: time(text(record, header.time)),
    dataSchema: text(record, header.dataSchema) ?? '',
    contentType: contentType(text(record, header.contentType)),
    partitionKey: text(record, header.partitionKey) ?? record.key?.toString() ?? '',
    sequence: sequence(text(record, header.sequence)),
    correlationId,
    causationId: text(record, header.causationId) ?? correlationId,
    sagaId: text(record, header.sagaId),
    sagaStep: text(record, header.sagaStep),
    replyTo: text(record, header.replyTo),
    outcome: outcome(text(record, header.outcome)),
    traceparent: text(record, header.traceparent),
    tracestate: text(record, header.tracestate),
  };
}

/** What is too large to be read is dead-lettered by reference, unless it is of a type that nobody handles. */
export function demandContent(record: ReceivedRecord, handler: object | undefined): void {
  const { leftInLog } = record;
  if (!leftInLog || (!handler && typeOf(record) !== undefined)) return;
  refuse(`${leftInLog.reason}; its ${leftInLog.bytes} bytes were left in ${record.topic}/${record.partition} at offset ${record.offset}`);
}

function text(record: ReceivedRecord, name: string): string | undefined {
  const value = record.headers.get(name);
  return value === undefined || value.length === 0 ? undefined : value.toString();
}

const required = (record: ReceivedRecord, name: string): string => text(record, name) ?? refuse(`the header ${name} is missing`);

function contentType(value: string | undefined): ContentType {
  const mediaType = value?.split(';', 1)[0]?.trim().toLowerCase() ?? jsonContentType;
  if (mediaType === jsonContentType || mediaType === protobufContentType) return mediaType;
  return refuse(`content-type ${mediaType} is not known: use ${jsonContentType} or ${protobufContentType}`);
}

function outcome(value: string | undefined): Outcome | undefined {
  if (value === undefined || value === 'success' || value === 'failure') return value;
  return refuse(`${header.outcome} is ${value}: it is success or failure`);
}

function sequence(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d{1,20}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number > 0 ? number : refuse(`${header.sequence} is ${value}: it is a number from 1`);
}

function time(value: string | undefined): Date {
  if (value === undefined) return new Date();
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? refuse(`${header.time} is ${value}: it is an ISO 8601 date-time`) : date;
}

function derivedId(identity: string, content: Buffer = nothing): string {
  const hex = createHash('sha256').update(identity).update(content).digest('hex');
  // Version 8 (custom), so that it cannot be taken for a UUIDv7 and lands in the inbox's default partition.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function refuse(reason: string): never {
  throw new Undecodable(reason);
}
