#!/usr/bin/env node
// npm run ftgo -- …: the processes of a running npm start.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('apps/cli/src/main.ts'));
