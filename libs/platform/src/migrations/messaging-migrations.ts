import { messagingSchemaDowngrade, messagingSchemaUpgrade, operatorActionsDowngrade, partitionFunctionsDowngrade } from '@ftgo/messaging';
import { type Migration, sqlMigration } from './sql-migration.js';

/** The role of the relay in every database. */
const relay = 'ftgo_relay';

/** The columns by which the relay proves that nothing was skipped (ADR 23), as a migration of the service with this number. */
export const relayProof = (number: number): Migration =>
  sqlMigration('RelayProof', number, messagingSchemaUpgrade(relay), [
    'DROP TABLE relay_skip',
    'ALTER TABLE relay_checkpoint DROP COLUMN proof, DROP COLUMN restored_position, DROP COLUMN restored_xid, DROP COLUMN restored_created_at',
  ]);

/** Open headers and positions of any broker (ADR 34). */
export const messagingSchemaChange = (number: number): Migration =>
  sqlMigration('MessagingSchema', number, messagingSchemaUpgrade(relay), messagingSchemaDowngrade);

/** Messages that operators have struck out (ADR 62). */
export const struckMessages = (number: number): Migration =>
  sqlMigration('StruckMessages', number, messagingSchemaUpgrade(relay), ['DROP TABLE IF EXISTS struck_message']);

/** The relay notices that a database was restored to an earlier point in time (ADR 66). */
export const restoredDatabases = (number: number): Migration =>
  sqlMigration('RestoredDatabases', number, messagingSchemaUpgrade(relay), ['ALTER TABLE relay_checkpoint DROP COLUMN published_at']);

/** Events wait behind a dead one with the same key, and the acts of operators are recorded (ADR 41). */
export const operatorActions = (number: number): Migration =>
  sqlMigration('OperatorActions', number, messagingSchemaUpgrade(relay), operatorActionsDowngrade);

/** Partitions are created by functions, so that the role of a service may not change tables (ADR 64). */
export const partitionFunctions = (number: number): Migration =>
  sqlMigration('PartitionFunctions', number, messagingSchemaUpgrade(relay), partitionFunctionsDowngrade);
