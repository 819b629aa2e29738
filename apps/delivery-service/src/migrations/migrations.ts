import { withheldAddress } from '@ftgo/ftgo';
import {
  messagingSchemaChange,
  operatorActions,
  ownershipTable,
  partitionFunctions,
  relayProof,
  restoredDatabases,
  sqlMigration,
  struckMessages,
} from '@ftgo/platform';
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
  // The previous version reads the column. Once no instance of it runs, the column can be dropped.
  sqlMigration(
    'NoAddresses',
    10,
    [
      `ALTER TABLE deliveries ALTER COLUMN delivery_address SET DEFAULT '${JSON.stringify(withheldAddress)}'`,
      'UPDATE deliveries SET delivery_address = DEFAULT',
    ],
    ['ALTER TABLE deliveries ALTER COLUMN delivery_address DROP DEFAULT'],
  ),
  ownershipTable(11),
];
