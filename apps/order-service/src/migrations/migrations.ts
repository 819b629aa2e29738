import { Orders0000000000001 } from './0001-orders.js';

/** In the order in which they are applied. */
export const migrations = [Orders0000000000001];
