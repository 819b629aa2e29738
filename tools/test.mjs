#!/usr/bin/env node
// npm test: every check and every test, with one summary.
import { runScript } from './setup/run.mjs';

await runScript('tools/check/main.ts');
