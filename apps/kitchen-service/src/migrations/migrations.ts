import { Tickets0000000000001 } from './0001-tickets.js';

export const migrations = [Tickets0000000000001];
