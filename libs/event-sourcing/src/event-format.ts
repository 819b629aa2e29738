import type { StoredEvent } from './event-store.js';

/** Events are distinguished by their kind, which is the type that they are stored under. */
export interface DomainEvent {
  readonly kind: string;
}

/** How events of one kind are stored: as plain JSON, which outlives the classes of today. */
export interface EventFormat<Event extends DomainEvent> {
  write(event: Event): object;
  read(data: never): Omit<Event, 'kind'>;
  /**
   * What older data must go through to be read: the first upcast makes version 2 of version 1, and so on. So the version
   * that is written now is one more than there are upcasts.
   */
  readonly upcasts?: ReadonlyArray<(data: never) => object>;
}

/** The formats of all kinds of events of an aggregate. */
export type EventFormats<Event extends DomainEvent> = {
  readonly [Kind in Event['kind']]: EventFormat<Extract<Event, { readonly kind: Kind }>>;
};

/** Thrown for an event of a kind, or of a version, that this program does not know yet. */
export class UnreadableEvent extends Error {
  constructor({ type, typeVersion, version }: StoredEvent, reason: string) {
    super(`event ${version} of the stream, a ${type} of version ${typeVersion}, cannot be read: ${reason}`);
    this.name = 'UnreadableEvent';
  }
}

/** Makes events of stored ones and back. */
export class EventCodec<Event extends DomainEvent> {
  private readonly formats: ReadonlyMap<string, EventFormat<DomainEvent>>;

  constructor(formats: EventFormats<Event>) {
    this.formats = new Map(Object.entries<EventFormat<DomainEvent>>(formats as Record<string, EventFormat<DomainEvent>>));
  }

  encode(event: Event): Pick<StoredEvent, 'type' | 'typeVersion' | 'data'> {
    const format = this.formats.get(event.kind);
    if (!format) throw new Error(`no format for event ${event.kind}; add it to the type's events`);
    return { type: event.kind, typeVersion: versionOf(format), data: format.write(event) };
  }

  decode(stored: StoredEvent): Event {
    const { type, typeVersion } = stored;
    const format = this.formats.get(type);
    if (!format) throw new UnreadableEvent(stored, 'this program does not know its type');
    if (typeVersion > versionOf(format)) throw new UnreadableEvent(stored, `this program knows versions up to ${versionOf(format)}`);
    const data = (format.upcasts ?? []).slice(typeVersion - 1).reduce<unknown>((old, upcast) => upcast(old as never), stored.data);
    return { ...format.read(data as never), kind: type } as Event;
  }
}

const versionOf = ({ upcasts = [] }: EventFormat<DomainEvent>): number => upcasts.length + 1;
