import { Orders0000000000001 } from './0001-orders.js';

export const migrations = [Orders0000000000001];
