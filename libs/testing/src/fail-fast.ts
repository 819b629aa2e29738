// Vitest's setup file for specs of apps, so that no spec has to enable it.
import { afterAll, expect } from 'vitest';
import { endWaitsAtInvalidStatement } from './invalid-statement.js';

if (expect.getState().testPath?.includes('/apps/')) afterAll(endWaitsAtInvalidStatement());
