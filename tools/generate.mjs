#!/usr/bin/env node
// npm run generate: code from proto/, and the pages of docs/ that are generated from the code.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/generate.ts'));
