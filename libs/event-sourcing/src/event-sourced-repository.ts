import type { OccurredEvent, Outbox } from '@ftgo/messaging';
import { type DomainEvent, EventCodec, type EventFormats } from './event-format.js';
import type { EventStore, StoredEvent, StreamId } from './event-store.js';

/** An aggregate built only from its events. `version` is their number. */
export interface EventSourced {
  readonly id: number | string;
  readonly version: number;
}

/** How snapshots of an aggregate's state are stored. */
export interface SnapshotFormat<Aggregate extends EventSourced> {
  /** Increase it when the shape of the state changes: older snapshots are then ignored. */
  readonly format: number;
  /** A snapshot is taken whenever the number of events reaches a multiple of this; 100 by default. */
  readonly every?: number;
  write(aggregate: Aggregate): object;
  read(id: Aggregate['id'], state: never): Aggregate;
}

/** An aggregate as a fold over its events. */
export interface EventSourcedType<Aggregate extends EventSourced, Event extends DomainEvent> {
  /** Name of its streams, such as "account". */
  readonly stream: string;
  /** The aggregate before its first event. */
  readonly before: (id: Aggregate['id']) => Aggregate;
  /** The aggregate after an event, at the next version; pure. */
  readonly apply: (aggregate: Aggregate, event: Event) => Aggregate;
  readonly events: EventFormats<Event>;
  readonly snapshots: SnapshotFormat<Aggregate>;
  /** The message that publishes an event; without it, events are not published. */
  readonly toMessage?: (event: Event, aggregate: Aggregate) => OccurredEvent;
}

/** An event with its position in the stream, its time and its cause. */
export interface PastEvent<Event> {
  readonly version: number;
  readonly occurredAt: Date;
  /** Who caused it: `<issuer>|<subject>` or a service; undefined if that is unknown. */
  readonly actor?: string | undefined;
  readonly event: Event;
}

const everyHundred = 100;

/** Loads aggregates from their events, and saves new events to the stream and, for other services, to the outbox. */
export class EventSourcedRepository<Aggregate extends EventSourced, Event extends DomainEvent> {
  private readonly codec: EventCodec<Event>;

  constructor(
    private readonly type: EventSourcedType<Aggregate, Event>,
    private readonly store: EventStore,
    private readonly outbox: Outbox,
  ) {
    this.codec = new EventCodec(type.events);
  }

  /** The current state of the aggregate; version 0 if it has no events. */
  async load(id: Aggregate['id']): Promise<Aggregate> {
    const { snapshots, before, apply } = this.type;
    const { snapshot, events } = await this.store.load(this.streamOf(id), snapshots.format);
    const start = snapshot ? snapshots.read(id, snapshot.state as never) : before(id);
    const aggregate = events.map((event) => this.codec.decode(event)).reduce(apply, start);
    const version = events.at(-1)?.version ?? snapshot?.version ?? 0;
    if (aggregate.version !== version)
      throw new Error(
        `${this.type.stream} ${id} has version ${aggregate.version} after event ${version}: apply must increase the version by 1`,
      );
    return aggregate;
  }

  /**
   * Stores the new events of an aggregate and publishes them; returns the aggregate with them applied. Throws
   * ConcurrentUpdate if the aggregate has changed since it was loaded.
   */
  async save(aggregate: Aggregate, events: readonly Event[]): Promise<Aggregate> {
    const { apply, toMessage } = this.type;
    await this.store.append(
      this.streamOf(aggregate.id),
      aggregate.version,
      events.map((event) => this.codec.encode(event)),
    );
    const after = events.reduce(apply, aggregate);
    if (toMessage)
      this.outbox.publish(
        after,
        events.map((event) => toMessage(event, after)),
      );
    await this.keepSnapshot(aggregate.version, after);
    return after;
  }

  /** The events of an aggregate after a version, oldest first. */
  async history(id: Aggregate['id'], range: { after?: number; limit?: number } = {}): Promise<Array<PastEvent<Event>>> {
    const stored = await this.store.read(this.streamOf(id), range);
    return stored.map((event) => this.past(event));
  }

  /** All events of all aggregates, in order per aggregate, for rebuilding views. */
  async *replay(pageSize?: number): AsyncGenerator<PastEvent<Event> & { readonly id: string }> {
    for await (const stored of this.store.replay(this.type.stream, pageSize)) {
      yield { id: stored.streamId, ...this.past(stored) };
    }
  }

  private past(stored: StoredEvent): PastEvent<Event> {
    const { version, occurredAt, actor } = stored;
    return { version, occurredAt, actor: actor ?? undefined, event: this.codec.decode(stored) };
  }

  private async keepSnapshot(versionBefore: number, aggregate: Aggregate): Promise<void> {
    const { snapshots } = this.type;
    const { every = everyHundred, format } = snapshots;
    const { version } = aggregate;
    if (Math.floor(versionBefore / every) === Math.floor(version / every)) return;
    await this.store.keep(this.streamOf(aggregate.id), { version, format, state: snapshots.write(aggregate) });
  }

  private streamOf(id: Aggregate['id']): StreamId {
    return { stream: this.type.stream, id };
  }
}
