import { Durations, type Metric } from '../telemetry/metric.js';
import type { Handler } from './handler.js';

const outcomes = ['handled', 'refused', 'duplicate', 'deferred', 'retried', 'dead'] as const;

/** What became of a message. `retried`: it goes through again, after a conflict or a fault of its own or of one beside it. */
export type MessageOutcome = (typeof outcomes)[number];

const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Stands for the type of what is no message that we can read: its own words could be anything. */
const unreadable = 'unreadable';

class Tally {
  readonly counts: Record<MessageOutcome, number> = { handled: 0, refused: 0, duplicate: 0, deferred: 0, retried: 0, dead: 0 };
  readonly durations = new Durations(bounds);

  constructor(readonly labels: { readonly topic: string; readonly message_type: string }) {}
}

/** Counts what each handler did with its messages. */
export class HandlerTallies {
  private readonly byHandler: ReadonlyMap<Handler, Tally>;
  private readonly unreadableOf = new Map<string, Tally>();

  constructor(handlers: readonly Handler[]) {
    this.byHandler = new Map(handlers.map((handler) => [handler, new Tally(labelsOf(handler))]));
  }

  /** Without a handler: a record of `topic` that cannot be read. */
  count(outcome: MessageOutcome, topic: string, handler: Handler | undefined): void {
    this.of(topic, handler).counts[outcome]++;
  }

  /** A run of a handler, whatever came of it. */
  ran(handler: Handler, milliseconds: number): void {
    this.byHandler.get(handler)?.durations.add(milliseconds / 1_000);
  }

  metrics(): Metric[] {
    const handlers = [...this.byHandler.values()];
    return [
      {
        name: 'messaging_process_messages_total',
        help: 'Messages by what became of them: handled, refused (a command answered with a failure), duplicate, deferred, retried, dead (dead-lettered)',
        type: 'counter',
        samples: [...handlers, ...this.unreadableOf.values()].flatMap(({ labels, counts }) =>
          outcomes.map((outcome) => ({ labels: { ...labels, outcome }, value: counts[outcome] })),
        ),
      },
      {
        name: 'messaging_process_duration_seconds',
        help: 'Duration of the runs of message handlers, those that failed included; of a large batch eight are timed',
        type: 'histogram',
        samples: handlers.flatMap(({ labels, durations }) => durations.samples(labels)),
      },
    ];
  }

  private of(topic: string, handler: Handler | undefined): Tally {
    const known = handler ? this.byHandler.get(handler) : this.unreadableOf.get(topic);
    if (known) return known;
    const tally = new Tally({ topic, message_type: unreadable });
    this.unreadableOf.set(topic, tally);
    return tally;
  }
}

/** The answers to sagas have as many types as there are commands; their topic says which saga they are for. */
const labelsOf = (handler: Handler): Tally['labels'] =>
  handler.kind === 'reply'
    ? { topic: handler.channel.topic, message_type: 'reply' }
    : { topic: handler.type.channel.topic, message_type: handler.type.payload.typeName };
