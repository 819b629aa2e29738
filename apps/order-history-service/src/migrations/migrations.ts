import { messagingSchemaChange, operatorActions, partitionFunctions, relayProof } from '@ftgo/platform';
import { OrderHistory0000000000001 } from './0001-order-history.js';
import { SearchWords0000000000002 } from './0002-search-words.js';
import { NormalisedWords0000000000004 } from './0004-normalised-words.js';

/** In the order in which they are applied. */
export const migrations = [
  OrderHistory0000000000001,
  SearchWords0000000000002,
  relayProof(3),
  NormalisedWords0000000000004,
  messagingSchemaChange(5),
  operatorActions(6),
  partitionFunctions(7),
];
