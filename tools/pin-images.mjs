#!/usr/bin/env node
// npm run pin-images: pins the images of other projects to their digests.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/supply-chain/images-main.ts'));
