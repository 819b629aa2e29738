import { Accounts0000000000001 } from './0001-accounts.js';

/** In the order in which they are applied. */
export const migrations = [Accounts0000000000001];
