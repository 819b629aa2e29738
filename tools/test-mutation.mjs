#!/usr/bin/env node
// npm run test:mutation: tests the tests.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/mutation/main.ts'));
