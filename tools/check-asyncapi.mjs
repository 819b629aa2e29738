#!/usr/bin/env node
// npm run check:asyncapi: checks the AsyncAPI documents with the official parser.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/asyncapi/main.ts'));
