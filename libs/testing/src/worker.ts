// Vitest's setup file: what the specs of a run must not take from each other.
import { afterAll } from 'vitest';
import { discardServers } from './infrastructure.js';

/** Specs that run at the same time choose different free ports, even those that are in use only later. */
const first = 20_000 + (Number(process.env['VITEST_POOL_ID']) % 8) * 1_500;
process.env['FTGO_FREE_PORTS'] = `${first}-${first + 1_499}`;

// Idle servers take memory, and together a good part of a processor.
afterAll(discardServers);
