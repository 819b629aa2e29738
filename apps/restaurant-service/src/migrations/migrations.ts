import {
  idempotencyKeys,
  idempotentOperations,
  messagingSchemaChange,
  operatorActions,
  ownershipTable,
  partitionFunctions,
  relayProof,
  restoredDatabases,
  sqlMigration,
  struckMessages,
} from '@ftgo/platform';
import { Restaurants0000000000001 } from './0001-restaurants.js';

/** In the order in which they are applied. */
export const migrations = [
  Restaurants0000000000001,
  idempotencyKeys(2),
  relayProof(3),
  messagingSchemaChange(4),
  idempotentOperations(5, { route: 'POST /restaurants', operation: 'createRestaurant' }),
  operatorActions(6),
  struckMessages(7),
  restoredDatabases(8),
  partitionFunctions(9),
  ownershipTable(10),
  sqlMigration('Owner', 11, ['ALTER TABLE restaurants ADD owner text'], ['ALTER TABLE restaurants DROP owner']),
];
