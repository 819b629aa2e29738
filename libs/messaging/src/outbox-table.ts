// The definition of the outbox table, for relays.
export { isForeign } from './outbox/proved.js';
export { outboxPublication } from './schema/messaging-schema.js';
