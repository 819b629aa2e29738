import type { AssignedPartition, BrokerFeatures, ReceivedRecord } from '../broker/broker.js';
import { typeOf } from '../message/envelope.js';
import { attributesOf } from '../message/extensions.js';
import { contextOfMessage, type MessageContext, messageContext } from '../message/message-context.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import { Durations, type Metric } from '../telemetry/metric.js';
import { activeTracer, failSpan, insideSpan, type Span, SpanKind, startSpan, traceparentOf } from '../telemetry/spans.js';
import type { Collector, Transactions } from '../transaction/transactions.js';
import type { Decoder, ReadRecord } from './decoder.js';
import { MessageRejected, type RejectionReason, rejectionReasons, textOf } from './errors.js';
import { defers, type Handler, type IncomingMessage, type Middleware } from './handler.js';

const outcomes = ['handled', 'refused', 'duplicate', 'deferred', 'retried', 'parked', 'dead'] as const;

/**
 * The outcome of a message. `retried`: it is handled again, after a conflict, or a fault of its own or of another one in its
 * batch.
 */
export type Outcome = (typeof outcomes)[number];

/** Counts since the process started. */
export interface ProcessorCounts {
  handled: number;
  duplicates: number;
  deferred: number;
  parked: number;
  dead: number;
  unknownTypes: number;
}

/** The broker's name in spans. */
export type MessagingSystem = Pick<BrokerFeatures, 'system' | 'positionAttribute'>;

/** One run of a handler. */
interface Run {
  readonly message: IncomingMessage;
  readonly handler: Handler;
  readonly context: MessageContext;
  readonly span: Span | undefined;
  readonly startedAt: number;
}

/** One outcome of a transaction that is not committed yet. */
interface Pending {
  readonly outcome: Outcome;
  readonly place: Place;
  readonly handler: Handler | undefined;
  /** The context for the log line. */
  readonly context?: MessageContext | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly rejected?: RejectionReason | undefined;
  readonly span?: Span | undefined;
  readonly endedAt?: number;
}

interface Place extends AssignedPartition {
  readonly type: string | undefined;
  readonly position: string;
}

interface OutcomesOptions {
  readonly decoder: Decoder;
  readonly group: string;
  readonly system: MessagingSystem;
  readonly logger: MessagingLogger;
  readonly transactions: Transactions;
}

const maxUnknownTypes = 1_000;

/**
 * Counts, logs and traces the outcomes of messages when their transaction has committed, since until then nothing has happened.
 * A failed attempt appears in its trace immediately; everything else is up to the retry policy.
 */
export class Outcomes implements Collector<Pending> {
  readonly counts: ProcessorCounts = { handled: 0, duplicates: 0, deferred: 0, parked: 0, dead: 0, unknownTypes: 0 };
  private readonly tallies: ReadonlyMap<Handler, Tally>;
  private readonly unreadable = new Map<string, Tally>();
  private readonly rejections: ReadonlyMap<string, Record<RejectionReason, number>>;
  private readonly seenUnknown = new Set<string>();

  constructor(private readonly options: OutcomesOptions) {
    const { handlers, topics } = options.decoder;
    this.tallies = new Map(handlers.map((handler) => [handler, new Tally(labelsOf(handler))]));
    this.rejections = new Map(topics.map((topic) => [topic, { source: 0, reply: 0, sequence: 0, reissue: 0 }]));
  }

  /** The outermost middleware: a message's trace, duration and log line. */
  readonly observe: Middleware = async (message, handler, next) => {
    const span = this.span(message, handler);
    const run: Run = {
      message,
      handler,
      span,
      context: contextOfMessage(message, span && traceparentOf(span)),
      startedAt: performance.now(),
    };
    const work = () => messageContext.run(run.context, next);
    try {
      const answer = await (span ? insideSpan(span, work) : work());
      this.ended(run, answer?.outcome === 'failure' ? 'refused' : 'handled');
      return answer;
    } catch (error) {
      const isDeferred = defers(error, handler);
      // A command that stays deferred is not logged again.
      this.ended(run, isDeferred && !message.isDeferred ? 'deferred' : undefined);
      if (span && !isDeferred) {
        failSpan(span, error);
        span.end();
      }
      throw error;
    }
  };

  /** The message was handled before. */
  duplicate(read: ReadRecord): void {
    this.collect({ outcome: 'duplicate', ...about(read), details: { messageId: read.id } });
  }

  /** It waits behind a dead event with the same key. */
  parked(read: ReadRecord): void {
    this.collect({ outcome: 'parked', ...about(read), details: { messageId: read.id } });
  }

  dead(read: ReadRecord, cause: unknown): void {
    const rejected = cause instanceof MessageRejected ? cause.reason : undefined;
    const context = read.message && contextOfMessage(read.message);
    this.collect({ outcome: 'dead', ...about(read), context, rejected, details: { messageId: read.id, reason: textOf(cause) } });
  }

  /** They are handled again. */
  retried(batch: readonly ReadRecord[]): void {
    for (const { record, handler } of batch) this.tallyOf(record.topic, handler).counts.retried++;
  }

  /** The type has no handler. */
  unknown(record: ReceivedRecord): void {
    this.counts.unknownTypes++;
    const { topic } = record;
    const type = typeOf(record);
    if (this.seenUnknown.has(`${topic} ${type}`) || this.seenUnknown.size >= maxUnknownTypes) return;
    this.seenUnknown.add(`${topic} ${type}`);
    this.options.logger.warn('no handler for message type; skipped', { topic, type });
  }

  committed(all: readonly Pending[]): void {
    for (const pending of all) {
      this.count(pending);
      if (pending.context) messageContext.run(pending.context, () => this.log(pending));
      else this.log(pending);
      pending.span?.setAttribute('messaging.process.outcome', pending.outcome);
      pending.span?.end(pending.endedAt);
    }
  }

  metrics(): Metric[] {
    const handlers = [...this.tallies.values()];
    return [
      {
        name: 'messaging_process_messages_total',
        help: 'Messages by outcome: handled, refused (a command with a failure reply), duplicate, deferred, retried, parked (behind a dead event with the same key), dead (dead-lettered)',
        type: 'counter',
        samples: [...handlers, ...this.unreadable.values()].flatMap(({ labels, counts }) =>
          outcomes.map((outcome) => ({ labels: { ...labels, outcome }, value: counts[outcome] })),
        ),
      },
      {
        name: 'messaging_process_duration_seconds',
        help: 'Duration of message handlers, including failed runs',
        type: 'histogram',
        samples: handlers.flatMap(({ labels, durations }) => durations.samples(labels)),
      },
      // Exported before the first one: Prometheus sees no increase in a series that begins with 1.
      {
        name: 'messaging_rejected_messages_total',
        help: 'Messages dead-lettered because their source may not send them, they are replies of an unexpected type, or their sequence is too far ahead or was issued twice',
        type: 'counter',
        samples: [...this.rejections].flatMap(([topic, counts]) =>
          rejectionReasons.map((reason) => ({ labels: { topic, reason }, value: counts[reason] })),
        ),
      },
    ];
  }

  private ended({ message, handler, span, context, startedAt }: Run, outcome: Outcome | undefined): void {
    const endedAt = performance.now();
    this.tallies.get(handler)?.durations.add((endedAt - startedAt) / 1_000);
    const details = { durationMs: Math.round((endedAt - startedAt) * 10) / 10 };
    if (outcome) this.collect({ outcome, place: placeOf(message), handler, context, details, span, endedAt });
  }

  private collect(pending: Pending): void {
    this.options.transactions.current('handling a message').collect(this, pending);
  }

  private count({ outcome, place, handler, rejected }: Pending): void {
    this.tallyOf(place.topic, handler).counts[outcome]++;
    const name = countOf[outcome];
    if (name) this.counts[name]++;
    const rejections = rejected && this.rejections.get(place.topic);
    if (rejections) rejections[rejected]++;
  }

  private log({ outcome, place, handler, details }: Pending): void {
    const { logger } = this.options;
    if (outcome === 'dead') logger.error('message dead-lettered', { ...place, handler: handler?.name, ...details });
    else if (outcome === 'parked') logger.warn('message parked', { ...place, ...details });
    else if (outcome === 'duplicate') logger.log('message handled', { ...place, ...details, outcome });
    else logger.log('message handled', { ...place, handler: handler?.name, outcome, ...details });
  }

  private tallyOf(topic: string, handler: Handler | undefined): Tally {
    const known = handler ? this.tallies.get(handler) : this.unreadable.get(topic);
    if (known) return known;
    const tally = new Tally({ topic, message_type: unreadable });
    this.unreadable.set(topic, tally);
    return tally;
  }

  /** The span of handling a message, a child of its creation. Undefined if no SDK is registered. */
  private span(message: IncomingMessage, handler: Handler): Span | undefined {
    if (!activeTracer()) return undefined;
    const {
      group,
      system: { system, positionAttribute },
    } = this.options;
    return startSpan(`process ${message.topic}`, message, () => ({
      kind: SpanKind.CONSUMER,
      attributes: {
        ...attributesOf(message, message.topic),
        'messaging.system': system,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': group,
        'messaging.destination.partition.id': String(message.partition),
        'code.function.name': handler.name,
        ...(positionAttribute === undefined ? {} : { [positionAttribute]: Number(message.position) }),
      },
    }));
  }
}

/** Replaces the type of a record that cannot be decoded: its own text could be anything. */
const unreadable = 'unreadable';

const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

class Tally {
  readonly counts: Record<Outcome, number> = { handled: 0, refused: 0, duplicate: 0, deferred: 0, retried: 0, parked: 0, dead: 0 };
  readonly durations = new Durations(bounds);

  constructor(readonly labels: { readonly topic: string; readonly message_type: string }) {}
}

const countOf = {
  handled: 'handled',
  refused: 'handled',
  duplicate: 'duplicates',
  deferred: 'deferred',
  parked: 'parked',
  dead: 'dead',
  retried: undefined,
} as const;

/** Replies to sagas have as many types as there are commands; their topic identifies the saga. */
const labelsOf = (handler: Handler): Tally['labels'] =>
  handler.kind === 'reply'
    ? { topic: handler.channel.topic, message_type: 'reply' }
    : { topic: handler.type.channel.topic, message_type: handler.type.payload.typeName };

const about = ({ record, handler }: ReadRecord) => ({ place: placeOf({ ...record, type: typeOf(record) }), handler });

const placeOf = ({ type, topic, partition, position }: Place): Place => ({ type, topic, partition, position });
