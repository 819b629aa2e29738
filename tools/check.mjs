#!/usr/bin/env node
// npm run check: format, boundaries, wording, contracts, lint and types, without the tests.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/check/check.ts'));
