#!/usr/bin/env node
// npm run load: puts a running system under load and measures it.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('benchmarks/load/main.ts'));
