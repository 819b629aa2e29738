#!/usr/bin/env node
// npm run bench -- NAME: runs benchmarks/NAME.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/bench.ts'));
