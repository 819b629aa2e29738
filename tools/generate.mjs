#!/usr/bin/env node
// npm run generate: types from proto/.
import { runTool } from './setup/run.mjs';

await runTool('generate.ts');
