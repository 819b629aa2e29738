import { Deliveries0000000000001 } from './0001-deliveries.js';
import { RelayProof0000000000002 } from './0002-relay-proof.js';
import { MessagingSchema0000000000003 } from './0003-messaging-schema.js';

/** In the order in which they are applied. */
export const migrations = [Deliveries0000000000001, RelayProof0000000000002, MessagingSchema0000000000003];
