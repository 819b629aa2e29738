#!/usr/bin/env node
// npm run postman: runs the Postman collection against a running system.
import { runScript } from './setup/run.mjs';

await runScript('tools/postman/main.ts');
