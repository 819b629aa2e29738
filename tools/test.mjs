#!/usr/bin/env node
// npm test: every check and every test, with one summary.
import { runTool } from './setup/run.mjs';

await runTool('check/main.ts');
