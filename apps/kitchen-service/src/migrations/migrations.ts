import { messagingSchemaChange, operatorActions, partitionFunctions, relayProof } from '@ftgo/platform';
import { Tickets0000000000001 } from './0001-tickets.js';

/** In the order in which they are applied. */
export const migrations = [Tickets0000000000001, relayProof(2), messagingSchemaChange(3), operatorActions(4), partitionFunctions(5)];
