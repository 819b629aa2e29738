#!/usr/bin/env node
// npm run postman: runs the Postman collection against a running system.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/postman/main.ts'));
