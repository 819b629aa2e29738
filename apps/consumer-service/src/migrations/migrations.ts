import { Consumers0000000000001 } from './0001-consumers.js';

/** In the order in which they are applied. */
export const migrations = [Consumers0000000000001];
