import {
  idempotencyKeys,
  idempotentOperations,
  messagingSchemaChange,
  operatorActions,
  ownershipTable,
  partitionFunctions,
  relayProof,
  restoredDatabases,
  struckMessages,
} from '@ftgo/platform';
import { Consumers0000000000001 } from './0001-consumers.js';
import { NotificationsByOrder0000000000007 } from './0007-notifications-by-order.js';
import { ErasedConsumers0000000000011 } from './0011-erased-consumers.js';

/** In the order in which they are applied. */
export const migrations = [
  Consumers0000000000001,
  idempotencyKeys(2),
  relayProof(3),
  messagingSchemaChange(4),
  idempotentOperations(5, { route: 'POST /consumers', operation: 'createConsumer' }),
  operatorActions(6),
  NotificationsByOrder0000000000007,
  struckMessages(8),
  restoredDatabases(9),
  partitionFunctions(10),
  ErasedConsumers0000000000011,
  ownershipTable(12, `CREATE UNIQUE INDEX one_consumer_per_principal ON ownership (principal) WHERE kind = 'consumer'`),
];
