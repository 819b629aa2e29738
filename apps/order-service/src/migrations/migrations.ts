import { Orders0000000000001 } from './0001-orders.js';
import { IdempotencyKeys0000000000002 } from './0002-idempotency-keys.js';
import { SagaRetention0000000000003 } from './0003-saga-retention.js';
import { RelayProof0000000000004 } from './0004-relay-proof.js';
import { MessagingSchema0000000000005 } from './0005-messaging-schema.js';

/** In the order in which they are applied. */
export const migrations = [
  Orders0000000000001,
  IdempotencyKeys0000000000002,
  SagaRetention0000000000003,
  RelayProof0000000000004,
  MessagingSchema0000000000005,
];
