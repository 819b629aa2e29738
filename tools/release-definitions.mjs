#!/usr/bin/env node
// npm run release-definitions: makes the current API definitions those of the last release.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/definitions/release-main.ts'));
