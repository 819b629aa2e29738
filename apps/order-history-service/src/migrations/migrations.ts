import { OrderHistory0000000000001 } from './0001-order-history.js';

/** In the order in which they are applied. */
export const migrations = [OrderHistory0000000000001];
