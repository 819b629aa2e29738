import { Restaurants0000000000001 } from './0001-restaurants.js';
import { IdempotencyKeys0000000000002 } from './0002-idempotency-keys.js';
import { RelayProof0000000000003 } from './0003-relay-proof.js';
import { MessagingSchema0000000000004 } from './0004-messaging-schema.js';

/** In the order in which they are applied. */
export const migrations = [Restaurants0000000000001, IdempotencyKeys0000000000002, RelayProof0000000000003, MessagingSchema0000000000004];
