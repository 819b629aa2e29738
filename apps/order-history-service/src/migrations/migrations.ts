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
  sqlMigration('TimelineActor', 7, ['ALTER TABLE order_timeline ADD COLUMN actor text'], ['ALTER TABLE order_timeline DROP COLUMN actor']),
  struckMessages(8),
  restoredDatabases(9),
  restaurantTimes(10),
  partitionFunctions(11),
  sqlMigration(
    'NoAddresses',
    12,
    [`UPDATE order_timeline SET details = details - 'deliveryAddress' WHERE event IN ('OrderCreated', 'DeliveryScheduled')`],
    [],
  ),
  ownershipTable(13),
];
