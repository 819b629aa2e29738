import { eventActorSchema } from '@ftgo/event-sourcing';
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
import { Accounts0000000000001 } from './0001-accounts.js';
import { CapturedAuthorizations0000000000003 } from './0003-captured-authorizations.js';

/** In the order in which they are applied. */
export const migrations = [
  Accounts0000000000001,
  relayProof(2),
  CapturedAuthorizations0000000000003,
  messagingSchemaChange(4),
  operatorActions(5),
  sqlMigration('EventActor', 6, eventActorSchema(), ['ALTER TABLE stored_event DROP COLUMN actor']),
  struckMessages(7),
  restoredDatabases(8),
  partitionFunctions(9),
  ownershipTable(10),
];
