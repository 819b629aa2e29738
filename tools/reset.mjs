#!/usr/bin/env node
// npm run reset: deletes the data of npm start.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('libs/runner/src/system/reset.ts'));
