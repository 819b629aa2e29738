#!/usr/bin/env node
// npm run generate: types from proto/.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/generate.ts'));
