import { type Channel, isBelow } from '../message/contract.js';
import { header } from '../message/envelope.js';
import type { Metric } from '../telemetry/metric.js';
import { MessageRejected, type RejectionReason, rejectionReasons } from './errors.js';
import type { IncomingMessage } from './handler.js';

/** Throws MessageRejected when a message of `source` may not be on the channel. */
export function demandSender({ topic, senders }: Pick<Channel, 'topic' | 'senders'>, source: string): void {
  if (!senders || senders.some((path) => isBelow(path, source))) return;
  throw new MessageRejected('source', `${header.source} is '${source}': ${topic} takes messages of ${senders.join(', ')}`);
}

/** Events may be missing; so many at once are not. */
const longestLeap = 1_000;

/**
 * Throws MessageRejected when the sequence of an event is more than 1,000 ahead of `last`, the sequence of its source that
 * was applied last (0: none). Believed, it would hide every later event. Not while a replica is rebuilt or catches up:
 * then the gap is alarmed alone, by whoever keeps the replica.
 */
export function rejectLeap(message: Pick<IncomingMessage, 'source' | 'sequence' | 'isReplayed' | 'isCatchingUp'>, last: number): void {
  const { source, sequence = 0, isReplayed, isCatchingUp } = message;
  if (sequence - last <= longestLeap || isReplayed || isCatchingUp) return;
  throw new MessageRejected('sequence', `${header.sequence} of ${source} is ${sequence}: the last one was ${last}`);
}

/** Counts the messages that were dead-lettered because they are not what they claim to be. */
export class Rejections {
  private readonly counts: ReadonlyMap<string, Record<RejectionReason, number>>;

  constructor(topics: readonly string[]) {
    this.counts = new Map(topics.map((topic) => [topic, { source: 0, reply: 0, sequence: 0 }]));
  }

  count(topic: string, cause: unknown): void {
    const counts = this.counts.get(topic);
    if (counts && cause instanceof MessageRejected) counts[cause.reason]++;
  }

  /** Told before there is any: of a series that begins with 1, Prometheus sees no increase. */
  metric(): Metric {
    return {
      name: 'messaging_rejected_messages_total',
      help: 'Messages dead-lettered because their source may not send them, they answer with another type than was asked for, or their sequence leaps',
      type: 'counter',
      samples: [...this.counts].flatMap(([topic, counts]) =>
        rejectionReasons.map((reason) => ({ labels: { topic, reason }, value: counts[reason] })),
      ),
    };
  }
}
