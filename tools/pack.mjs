#!/usr/bin/env node
// npm run pack: builds the published packages and packs them into dist/.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/packages/main.ts'));
