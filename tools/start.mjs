#!/usr/bin/env node
// npm start: everything, as separate processes, until Ctrl-C.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('libs/runner/src/system/main.ts'));
