import { messagingSchemaChange, operatorActions, partitionFunctions, relayProof, restoredDatabases, struckMessages } from '@ftgo/platform';
import { restaurantTimes } from '@ftgo/restaurant-replica';
import { Deliveries0000000000001 } from './0001-deliveries.js';
import { Assignments0000000000005 } from './0005-assignments.js';

/** In the order in which they are applied. */
export const migrations = [
  Deliveries0000000000001,
  relayProof(2),
  messagingSchemaChange(3),
  operatorActions(4),
  Assignments0000000000005,
  struckMessages(6),
  restoredDatabases(7),
  restaurantTimes(8),
  partitionFunctions(9),
];
