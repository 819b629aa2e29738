import { v7 as uuidv7 } from 'uuid';
import { diagnostics } from '../diagnostics.js';
import { type Answer, commandHeader } from '../message/answer.js';
import type { Channel, CommandType, EventType, ReplyChannel } from '../message/contract.js';
import { type Envelope, type Extensions, paddedSequence } from '../message/envelope.js';
import { attributesOf, demandExtensionName, validOf } from '../message/extensions.js';
import { messageContext } from '../message/message-context.js';
import { type ContentType, type ContentTypes, jsonContentType, type PayloadType } from '../message/payload.js';
import { activeTracer, type Span, SpanKind, startSpan, traceparentOf } from '../telemetry/spans.js';
import type { Collector, Transaction, Transactions } from '../transaction/transactions.js';

/** The aggregate of events. `version` counts its events, including those being published. */
export interface EventSource {
  readonly id: number | string;
  readonly version: number;
}

/** An event to be published. Made by `occurred`, which checks the payload. */
export interface OccurredEvent {
  readonly type: EventType<unknown>;
  readonly payload: unknown;
}

/** Pairs an event type with its payload, checked by the compiler. */
export const occurred = <Payload>(type: EventType<Payload>, payload: Payload): OccurredEvent => ({
  type,
  payload,
});

/** The sender of a command, and where the reply goes. */
export interface CommandSender {
  /** Service and saga instance: `/order-service/sagas/create-order/…`. */
  readonly source: string;
  readonly replyTo: ReplyChannel;
  /** The reply has them too. */
  readonly extensions?: Extensions;
}

/** The command that a reply belongs to. */
export type AnsweredCommand = Pick<Envelope, 'id' | 'source' | 'extensions'>;

/** Thrown when a message is sent whose payload and headers exceed the `maxMessageBytes` of its channel. */
export class MessageTooLarge extends Error {
  constructor(type: string, bytes: number, limit: number) {
    super(
      `message too large: a ${type} of ${bytes} bytes exceeds its channel's limit of ${limit} bytes; send less, or raise maxMessageBytes of the channel and the limit of the broker`,
    );
    this.name = 'MessageTooLarge';
  }
}

/** A row of the outbox: what the relay will send, byte for byte. */
interface OutboxRecord extends Envelope {
  readonly topic: string;
  readonly payload: Buffer;
}

interface Column {
  readonly name: string;
  readonly type: string;
  value(record: OutboxRecord): unknown;
}

/** The columns that a sender writes, in the order of the insert. Postgres fills `position`, `xid` and `created_at`. */
const outboxColumns: readonly Column[] = [
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

/** Attributes, header names and framing of a record, in bytes; generous, since it only has to protect the broker's limit. */
const envelopeBytes = 1_000;
/** The part of it that is not counted: names, framing, id and time. */
const fixedBytes = 500;
const textColumns = outboxColumns.filter(({ type }) => type === 'text' || type === 'json');

/**
 * Counted, since some attributes come from others (the saga headers of a command are copied to its reply) and may have any
 * length.
 */
function envelopeBytesOf(record: OutboxRecord): number {
  let bytes = fixedBytes + Buffer.byteLength(record.partitionKey);
  for (const column of textColumns) bytes += Buffer.byteLength((column.value(record) as string | undefined) ?? '');
  return Math.max(envelopeBytes, bytes);
}

/**
 * Messages leave a service only through the outbox: they are written with the state they describe, in one transaction, and the
 * relay sends them after the commit.
 */
export class Outbox implements Collector<Outgoing> {
  constructor(
    private readonly transactions: Transactions,
    private readonly contentTypes: ContentTypes = {},
  ) {}

  /** The content type of what is sent on a topic. */
  contentTypeOf(topic: string): ContentType {
    return this.contentTypes[topic] ?? this.contentTypes['*'] ?? jsonContentType;
  }

  /** Events of one aggregate, which must be locked by this transaction. */
  publish(source: EventSource, events: readonly OccurredEvent[]): void {
    let sequence = source.version - events.length;
    for (const { type, payload } of events) {
      const id = String(source.id);
      this.write(type.channel, type.payload, payload, {
        source: `${type.channel.source}/${id}`,
        subject: id,
        partitionKey: id,
        sequence: ++sequence,
      });
    }
  }

  /** A command with a reply; returns the id of the message. */
  send<Command>(type: CommandType<Command, unknown>, command: Command, sender: CommandSender): string {
    const key = type.key(command);
    return this.write(type.channel, type.payload, command, {
      source: sender.source,
      subject: key,
      partitionKey: key,
      extensions: { ...sender.extensions, [commandHeader.replyTo]: sender.replyTo.topic },
    });
  }

  /** A one-way command: it has no reply. */
  notify<Command>(type: CommandType<Command, unknown>, command: Command, source: string): string {
    const key = type.key(command);
    return this.write(type.channel, type.payload, command, { source, subject: key, partitionKey: key });
  }

  /**
   * The reply to a command, with the command's extension headers. Its key is the last part of the command's source, so that
   * the replies to one sender (for example a saga) keep their order.
   */
  reply(channel: ReplyChannel, answer: Answer, about: { to: AnsweredCommand; source: string }): void {
    const { to, source } = about;
    const key = to.source.slice(to.source.lastIndexOf('/') + 1) || to.id;
    const { [commandHeader.replyTo]: _, ...extensions } = validOf(to.extensions);
    this.add(channel, answer, {
      source,
      subject: key,
      partitionKey: key,
      extensions: { ...extensions, [commandHeader.outcome]: answer.outcome },
    });
  }

  async flush(records: readonly Outgoing[], transaction: Transaction): Promise<void> {
    await transaction.postpone({
      ...insert,
      values: outboxColumns.map((column) => records.map((record) => column.value(record) ?? null)),
    });
  }

  committed(records: readonly Outgoing[]): void {
    for (const { span } of records) span?.end();
    if (diagnostics.outboxCommitted.hasSubscribers) diagnostics.outboxCommitted.publish({ records });
  }

  private write<Payload>(channel: Channel, type: PayloadType<Payload>, payload: Payload, attributes: Attributes): string {
    const { typeName, dataSchema } = type;
    const contentType = this.contentTypeOf(channel.topic);
    return this.add(channel, { typeName, dataSchema, contentType, payload: type.encode(payload, contentType) }, attributes);
  }

  private add(channel: Channel, body: Omit<Answer, 'outcome'>, attributes: Attributes): string {
    const { typeName: type, dataSchema, contentType, payload } = body;
    const transaction = this.transactions.current(`sending ${type}`);
    const id = uuidv7();
    const { correlationId, causationId, traceparent, tracestate, extensions: carried } = messageContext.current();
    const context = { correlationId, causationId, traceparent, tracestate };
    const extensions = { ...carried, ...attributes.extensions };
    for (const name in extensions) demandExtensionName(name);
    const record = {
      ...context,
      ...attributes,
      extensions,
      id,
      type,
      dataSchema,
      contentType,
      payload,
      time: new Date(),
      topic: channel.topic,
    };
    const bytes = payload.length + envelopeBytesOf(record);
    if (bytes > channel.maxMessageBytes) throw new MessageTooLarge(type, bytes, channel.maxMessageBytes);
    transaction.collect(this, traced(record));
    return id;
  }
}

/** A record with the span of its creation, which ends with the commit. */
type Outgoing = OutboxRecord & { readonly span?: Span };

/**
 * The span of a message's creation, a child of the sender's. It begins when the message is handed to the outbox, and ends with
 * the commit; a rollback leaves no span. The SDK is checked first, so that without one a message does not even cost the name of
 * a span.
 */
const publishSpan = (record: OutboxRecord): Span | undefined =>
  activeTracer() &&
  startSpan(`publish ${record.topic}`, record, () => ({
    kind: SpanKind.PRODUCER,
    attributes: { ...attributesOf(record, record.topic), 'messaging.operation.name': 'publish', 'messaging.operation.type': 'create' },
  }));

/** Consumers continue the trace at the creation of the message. */
function traced(record: OutboxRecord): Outgoing {
  const span = publishSpan(record);
  return span ? { ...record, traceparent: traceparentOf(span), span } : record;
}

type Attributes = Pick<OutboxRecord, 'source' | 'subject' | 'partitionKey'> & Partial<OutboxRecord>;

const insert = {
  name: 'messaging-outbox-insert',
  text: `INSERT INTO outbox (${outboxColumns.map(({ name }) => name).join(', ')})
    SELECT * FROM unnest(${outboxColumns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')})`,
};
