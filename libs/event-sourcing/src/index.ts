export type { EventFormat } from './event-format.js';
export { EventSourcedRepository, type EventSourcedType, type PastEvent } from './event-sourced-repository.js';
export { EventStore } from './event-store.js';
export { retryingConflicts } from './retrying-conflicts.js';
export { eventActorSchema, eventSourcingSchema } from './schema.js';
