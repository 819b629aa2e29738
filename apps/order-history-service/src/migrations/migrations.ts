import { OrderHistory0000000000001 } from './0001-order-history.js';
import { SearchWords0000000000002 } from './0002-search-words.js';
import { RelayProof0000000000003 } from './0003-relay-proof.js';
import { NormalisedWords0000000000004 } from './0004-normalised-words.js';
import { MessagingSchema0000000000005 } from './0005-messaging-schema.js';

/** In the order in which they are applied. */
export const migrations = [
  OrderHistory0000000000001,
  SearchWords0000000000002,
  RelayProof0000000000003,
  NormalisedWords0000000000004,
  MessagingSchema0000000000005,
];
