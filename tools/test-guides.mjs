#!/usr/bin/env node
// npm run test:guides: pastes the commands of the guides into a copy of the repository, from top to bottom.
import { runScript } from './setup/run.mjs';

process.env.FTGO_TEST_GUIDES = 'true';
process.argv.push('tools/generator/test/guides');
await runScript('tools/check/main.ts');
