export { type DomainEvent, type EventFormat, type EventFormats, UnreadableEvent } from './event-format.js';
export {
  type EventSourced,
  EventSourcedRepository,
  type EventSourcedType,
  type PastEvent,
  type SnapshotFormat,
} from './event-sourced-repository.js';
export { EventStore, type LoadedStream, type Snapshot, type StoredEvent, type StreamId } from './event-store.js';
export { retryingConflicts } from './retrying-conflicts.js';
export { eventSourcingSchema } from './schema.js';
