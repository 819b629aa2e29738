// Vitest's setup file for specs of apps: no spec needs to ask for it.
import { expect } from 'vitest';
import { endWaitsAtInvalidStatement } from './invalid-statement.js';

if (expect.getState().testPath?.includes('/apps/')) endWaitsAtInvalidStatement();
