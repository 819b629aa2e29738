import { messagingSchemaChange, operatorActions, relayProof } from '@ftgo/platform';
import { Deliveries0000000000001 } from './0001-deliveries.js';

/** In the order in which they are applied. */
export const migrations = [Deliveries0000000000001, relayProof(2), messagingSchemaChange(3), operatorActions(4)];
