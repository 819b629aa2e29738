#!/usr/bin/env node
// npm run test:guides: pastes the commands of the guides into a copy of the repository, from top to bottom.
import './setup/node-version.mjs';

process.env.FTGO_TEST_GUIDES = 'true';
process.argv.push('tools/generator/test/guides');
void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/check/main.ts'));
