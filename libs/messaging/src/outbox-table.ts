// What a relay must know of the table that it publishes from.
export { isForeign } from './outbox/proved.js';
export { outboxPublication } from './schema/messaging-schema.js';
