#!/usr/bin/env node
// npm run check: format, boundaries, contracts, lint and types, without the tests.
import { runScript } from './setup/run.mjs';

await runScript('tools/check/check.ts');
