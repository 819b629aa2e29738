#!/usr/bin/env node
// npm test: every check and every test, with one summary.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/check/main.ts'));
