import { defaultLargestRecordBytes, type ReceivedRecord } from '../broker/broker.js';
import { inboxId } from '../inbox/inbox.js';
import { commandHeader, outcomeOf, replyToOf } from '../message/answer.js';
import { type Channel, isBelow, type ReplyChannel } from '../message/contract.js';
import { type Envelope, type Extensions, header, headerText as text, typeOf } from '../message/envelope.js';
import { allExtensions, invalidExtension, isExtension } from '../message/extensions.js';
import { type ContentType, jsonContentType, type PayloadType, protobufContentType } from '../message/payload.js';
import { MessageRejected, Undecodable } from './errors.js';
import type { Handler, IncomingMessage } from './handler.js';

/** A record that can be handled, with its handler. */
export interface DecodedRecord {
  readonly record: ReceivedRecord;
  /** The id under which the inbox remembers it. */
  readonly id: string;
  readonly message: IncomingMessage;
  readonly handler: Handler;
  readonly undecodable?: undefined;
}

/** A record that no retry can make readable. */
interface UndecodableRecord {
  readonly record: ReceivedRecord;
  readonly id: string;
  readonly message?: undefined;
  readonly handler?: undefined;
  readonly undecodable: Undecodable;
}

export type ReadRecord = DecodedRecord | UndecodableRecord;

interface TopicHandlers {
  readonly kind: Handler['kind'];
  readonly channel: Channel;
  readonly byType: Map<string, Handler>;
  all?: Handler;
}

/** A message is measured when it is sent, without its key and framing. */
const overheadBytes = 64 * 1024;

/** Finds the handler of a record, and decodes the message. */
export class Decoder {
  private readonly byTopic = new Map<string, TopicHandlers>();
  private readonly largest = new Map<string, number>();

  /**
   * @param replyChannels the channels that replies may go to; any other `ce_replyto` makes a command undecodable, since an
   * unknown topic would stop the relay
   */
  constructor(
    readonly handlers: readonly Handler[],
    private readonly replyChannels: ReadonlyMap<string, ReplyChannel> = new Map(),
  ) {
    for (const handler of handlers) this.add(handler);
  }

  get topics(): string[] {
    return [...this.byTopic.keys()];
  }

  topicsOf(kind: Handler['kind']): string[] {
    return [...this.byTopic].filter(([, handlers]) => handlers.kind === kind).map(([topic]) => topic);
  }

  /** What a topic carries; undefined if it has no handlers. */
  kindOf(topic: string): Handler['kind'] | undefined {
    return this.byTopic.get(topic)?.kind;
  }

  /**
   * Whether a record is an event of its channel's sender, according to its headers, and so has a place in the order of its key
   * even if the rest of it cannot be read. Otherwise anyone could stop a key.
   */
  isSendersEvent(record: ReceivedRecord): boolean {
    const handlers = this.byTopic.get(record.topic);
    return handlers?.kind === 'event' && typeOf(record) !== undefined && isSender(handlers.channel, text(record, header.source) ?? '');
  }

  /** The largest record of a topic that is read completely: the limit of its channel. */
  readonly largestRecordBytes = (topic: string): number => this.largest.get(topic) ?? defaultLargestRecordBytes;

  /** The id under which the inbox remembers a record after it was handled; undefined: no handler for its type. */
  inboxIdOf(record: ReceivedRecord): string | undefined {
    const handlers = this.byTopic.get(record.topic);
    const type = typeOf(record);
    const isRead = handlers?.all !== undefined || type === undefined || handlers?.byType.has(type);
    return isRead ? inboxId(record) : undefined;
  }

  /** Undefined: no handler for the type. */
  read(record: ReceivedRecord, isCatchingUp?: boolean): ReadRecord | undefined {
    try {
      return this.decode(record, isCatchingUp);
    } catch (error) {
      if (error instanceof Undecodable) return { record, id: inboxId(record), undecodable: error };
      throw error;
    }
  }

  /** Undefined: no handler for the type. Throws Undecodable. */
  decode(record: ReceivedRecord, isCatchingUp?: boolean): DecodedRecord | undefined {
    const handlers = this.byTopic.get(record.topic);
    const handler = handlers?.all ?? handlers?.byType.get(typeOf(record) ?? '');
    demandContent(record, handler);
    if (!handler) {
      if (typeOf(record) === undefined) undecodable('missing header ce_type');
      return undefined;
    }
    const { topic, partition, position, value: body } = record;
    const envelope = envelopeOf(record);
    demandSender(channelOf(handler), envelope.source);
    if (handler.kind === 'command') this.demandReplyChannel(replyToOf(envelope));
    demandOutcome(envelope);
    demandExtensions(envelope);
    // An empty payload may be a message with default values; a missing one is not.
    if (body === undefined) return undecodable('the record has no value');
    const payload = handler.kind === 'reply' ? body : decodePayload(handler.type.payload, body, envelope.contentType);
    return { record, id: envelope.id, handler, message: { ...envelope, topic, partition, position, payload, isCatchingUp } };
  }

  private demandReplyChannel(replyTo: string | undefined): void {
    if (replyTo !== undefined && !this.replyChannels.has(replyTo))
      undecodable(`invalid ce_replyto '${replyTo}': expected a declared reply channel`);
  }

  private add(handler: Handler): void {
    const channel = channelOf(handler);
    const { topic, maxMessageBytes } = channel;
    const handlers: TopicHandlers = this.byTopic.get(topic) ?? { kind: handler.kind, channel, byType: new Map() };
    this.byTopic.set(topic, handlers);
    this.largest.set(topic, Math.max(defaultLargestRecordBytes, maxMessageBytes + overheadBytes));
    if (handler.kind === 'reply') {
      handlers.all = handler;
      return;
    }
    const type = handler.type.payload.typeName;
    const other = handlers.byType.get(type);
    if (other) throw new Error(`duplicate handlers for ${type}: ${other.name} and ${handler.name}; a group handles each message once`);
    handlers.byType.set(type, handler);
  }
}

const channelOf = (handler: Handler): Channel => (handler.kind === 'reply' ? handler.channel : handler.type.channel);

/** Decodes a payload. Throws Undecodable. */
export function decodePayload<Payload>(type: PayloadType<Payload>, bytes: Buffer, contentType: ContentType): Payload {
  try {
    return type.decode(bytes, contentType);
  } catch (error) {
    throw new Undecodable(`invalid ${type.typeName}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Reads the attributes of a message from its headers (CloudEvents 1.0, Kafka binary binding). Throws Undecodable. */
export function envelopeOf(record: ReceivedRecord): Envelope {
  const id = inboxId(record);
  const correlationId = text(record, header.correlationId) ?? id;
  return {
    id,
    type: typeOf(record) ?? undecodable(`missing header ${header.type}`),
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

/** A message over the limit is dead-lettered by reference, unless its type has no handler. */
function demandContent(record: ReceivedRecord, handler: Handler | undefined): void {
  const { leftInLog, topic, partition, position } = record;
  if (!leftInLog || (!handler && typeOf(record) !== undefined)) return;
  undecodable(`${leftInLog.reason}; its ${leftInLog.bytes} bytes are still in ${topic}/${partition} at position ${position}`);
}

/** Throws MessageRejected if messages of `source` are not allowed on the channel. */
function demandSender(channel: Channel, source: string): void {
  if (isSender(channel, source)) return;
  const { topic, senders = [] } = channel;
  throw new MessageRejected('source', `invalid ${header.source} '${source}': ${topic} accepts messages from ${senders.join(', ')}`);
}

const isSender = ({ senders }: Channel, source: string): boolean => !senders || senders.some((path) => isBelow(path, source));

function demandOutcome(envelope: Envelope): void {
  const outcome = envelope.extensions[commandHeader.outcome];
  if (outcome !== undefined && !outcomeOf(envelope))
    undecodable(`invalid ${commandHeader.outcome} '${outcome}': expected success or failure`);
}

function demandExtensions({ extensions }: Envelope): void {
  const invalid = invalidExtension(extensions);
  // Without the value, which may have any length.
  if (invalid) undecodable(`invalid ${invalid.name}: expected text that matches ${String(invalid.pattern)}`);
}

function contentType(value: string | undefined): ContentType {
  const mediaType = value?.split(';', 1)[0]?.trim().toLowerCase() ?? jsonContentType;
  if (mediaType === jsonContentType || mediaType === protobufContentType) return mediaType;
  return undecodable(`unknown content-type '${mediaType}': expected ${jsonContentType} or ${protobufContentType}`);
}

function extensionsOf({ headers }: ReceivedRecord): Extensions {
  const extensions: Record<string, string> = {};
  for (const [name, value] of headers) if (value.length > 0 && isExtension(name)) extensions[name] = value.toString();
  const all = headers.get(allExtensions);
  return all === undefined ? extensions : { ...unfolded(all.toString()), ...extensions };
}

/** The header in which some relays send all extensions of a message. */
function unfolded(text: string): Extensions {
  try {
    const all = JSON.parse(text) as unknown;
    if (typeof all === 'object' && all !== null && Object.values(all).every((value) => typeof value === 'string')) return all as Extensions;
  } catch {
    // Reported below, like any other invalid value.
  }
  return undecodable(`invalid ${allExtensions}: expected a JSON object of strings`);
}

function sequence(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = /^\d{1,20}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number > 0
    ? number
    : undecodable(`invalid ${header.sequence} '${value}': expected a positive integer`);
}

function time(value: string | undefined): Date {
  if (value === undefined) return new Date();
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undecodable(`invalid ${header.time} '${value}': expected an ISO 8601 date-time`) : date;
}

function undecodable(reason: string): never {
  throw new Undecodable(reason);
}
