#!/usr/bin/env node
// npm run generate: types from proto/.
import { runScript } from './setup/run.mjs';

await runScript('tools/generate.ts');
