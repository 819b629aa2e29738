import type { StoredEvent } from './event-store.js';

/** Events are distinguished by their kind, which is also the stored type. */
export interface DomainEvent {
  readonly kind: string;
}

/** How events of one kind are stored: as plain JSON, independent of the current classes. */
export interface EventFormat<Event extends DomainEvent> {
  write(event: Event): object;
  read(data: never): Omit<Event, 'kind'>;
  /**
   * Conversions that older data needs when it is read: the first upcast turns version 1 into version 2, and so on. The
   * version written now is therefore the number of upcasts plus one.
   */
  readonly upcasts?: ReadonlyArray<(data: never) => object>;
}

/** The formats of all kinds of events of an aggregate. */
export type EventFormats<Event extends DomainEvent> = {
  readonly [Kind in Event['kind']]: EventFormat<Extract<Event, { readonly kind: Kind }>>;
};

/** Thrown for an event whose kind or version this program does not know yet. */
export class UnreadableEvent extends Error {
  constructor({ type, typeVersion, version }: StoredEvent, reason: string) {
    super(`cannot read event ${version} of the stream, ${type} version ${typeVersion}: ${reason}`);
    this.name = 'UnreadableEvent';
  }
}

/** Converts between events and stored events. */
export class EventCodec<Event extends DomainEvent> {
  private readonly formats: ReadonlyMap<string, EventFormat<DomainEvent>>;

  constructor(formats: EventFormats<Event>) {
    this.formats = new Map(Object.entries<EventFormat<DomainEvent>>(formats as Record<string, EventFormat<DomainEvent>>));
  }

  encode(event: Event): Pick<StoredEvent, 'type' | 'typeVersion' | 'data'> {
    const format = this.formats.get(event.kind);
    if (!format) throw new Error(`no format for event ${event.kind}: add it to the aggregate's event formats`);
    return { type: event.kind, typeVersion: versionOf(format), data: format.write(event) };
  }

  decode(stored: StoredEvent): Event {
    const { type, typeVersion } = stored;
    const format = this.formats.get(type);
    if (!format) throw new UnreadableEvent(stored, 'unknown type');
    if (typeVersion > versionOf(format)) throw new UnreadableEvent(stored, `the newest known version is ${versionOf(format)}`);
    const data = (format.upcasts ?? []).slice(typeVersion - 1).reduce<unknown>((old, upcast) => upcast(old as never), stored.data);
    return { ...format.read(data as never), kind: type } as Event;
  }
}

const versionOf = ({ upcasts = [] }: EventFormat<DomainEvent>): number => upcasts.length + 1;
