import type { ReceivedRecord } from '../broker/broker.js';
import { inboxId } from '../inbox/inbox.js';
import { type Envelope, type Extensions, header, headerText as text, typeOf } from '../message/envelope.js';
import { allExtensions, isExtension } from '../message/extensions.js';
import { type ContentType, jsonContentType, protobufContentType } from '../message/payload.js';
import { Undecodable } from './errors.js';

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
    traceparent: text(record, header.traceparent),
    tracestate: text(record, header.tracestate),
    extensions: extensionsOf(record),
  };
}

/** What is too large to be read is dead-lettered by reference, unless it is of a type that nobody handles. */
export function demandContent(record: ReceivedRecord, handler: object | undefined): void {
  const { leftInLog } = record;
  if (!leftInLog || (!handler && typeOf(record) !== undefined)) return;
  refuse(
    `${leftInLog.reason}; its ${leftInLog.bytes} bytes were left in ${record.topic}/${record.partition} at position ${record.position}`,
  );
}

const required = (record: ReceivedRecord, name: string): string => text(record, name) ?? refuse(`the header ${name} is missing`);

function contentType(value: string | undefined): ContentType {
  const mediaType = value?.split(';', 1)[0]?.trim().toLowerCase() ?? jsonContentType;
  if (mediaType === jsonContentType || mediaType === protobufContentType) return mediaType;
  return refuse(`content-type ${mediaType} is not known: use ${jsonContentType} or ${protobufContentType}`);
}

function extensionsOf({ headers }: ReceivedRecord): Extensions {
  const extensions: Record<string, string> = {};
  for (const [name, value] of headers) if (value.length > 0 && isExtension(name)) extensions[name] = value.toString();
  const all = headers.get(allExtensions);
  return all === undefined ? extensions : { ...unfolded(all.toString()), ...extensions };
}

/** What a relay sends that puts all extensions of a message into one header. */
function unfolded(text: string): Extensions {
  try {
    const all = JSON.parse(text) as unknown;
    if (typeof all === 'object' && all !== null && Object.values(all).every((value) => typeof value === 'string')) return all as Extensions;
  } catch {
    // Reported below, like any other text.
  }
  return refuse(`${allExtensions} must be a JSON object of names and texts`);
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

function refuse(reason: string): never {
  throw new Undecodable(reason);
}
