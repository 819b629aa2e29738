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
import { restaurantTimes } from '@ftgo/restaurant-replica';
import { sagaRetentionSchema, sagaStarterSchema } from '@ftgo/sagas';
import { Orders0000000000001 } from './0001-orders.js';
import { Erasures0000000000013 } from './0013-erasures.js';

/** In the order in which they are applied. */
export const migrations = [
  Orders0000000000001,
  idempotencyKeys(2),
  sqlMigration('SagaRetention', 3, sagaRetentionSchema(), ['DROP INDEX saga_instance_ended, saga_history_at']),
  relayProof(4),
  messagingSchemaChange(5),
  idempotentOperations(6, { route: 'POST /orders', operation: 'createOrder' }),
  operatorActions(7),
  sqlMigration('SagaStarter', 8, sagaStarterSchema(), ['ALTER TABLE saga_instance DROP COLUMN started_by']),
  struckMessages(9),
  restoredDatabases(10),
  restaurantTimes(11),
  partitionFunctions(12),
  Erasures0000000000013,
  ownershipTable(14),
];
