import {
  messagingSchemaChange,
  operatorActions,
  ownershipTable,
  partitionFunctions,
  relayProof,
  restoredDatabases,
  struckMessages,
} from '@ftgo/platform';
import { restaurantTimes } from '@ftgo/restaurant-replica';
import { Tickets0000000000001 } from './0001-tickets.js';

/** In the order in which they are applied. */
export const migrations = [
  Tickets0000000000001,
  relayProof(2),
  messagingSchemaChange(3),
  operatorActions(4),
  struckMessages(5),
  restoredDatabases(6),
  restaurantTimes(7),
  partitionFunctions(8),
  ownershipTable(9),
];
