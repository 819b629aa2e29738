import { Accounts0000000000001 } from './0001-accounts.js';
import { RelayProof0000000000002 } from './0002-relay-proof.js';
import { CapturedAuthorizations0000000000003 } from './0003-captured-authorizations.js';
import { MessagingSchema0000000000004 } from './0004-messaging-schema.js';

/** In the order in which they are applied. */
export const migrations = [
  Accounts0000000000001,
  RelayProof0000000000002,
  CapturedAuthorizations0000000000003,
  MessagingSchema0000000000004,
];
