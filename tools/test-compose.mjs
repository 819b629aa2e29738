#!/usr/bin/env node
// npm run test:compose: builds the images, runs everything in containers, tests it, and removes it.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/deployment/compose-test/main.ts'));
