#!/usr/bin/env node
// npm run pictures: the recordings and the order of the README, from a real run.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/pictures/main.ts'));
