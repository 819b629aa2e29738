#!/usr/bin/env node
// npm run test:crash: kills processes and servers at random during a stream of orders.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('apps/e2e/test/crash/main.ts'));
