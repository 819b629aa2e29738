#!/usr/bin/env node
// npm run test:postgres [-- MAJOR …]: the specs that meet PostgreSQL, on each supported major version but the newest.
import { runScript } from './setup/run.mjs';

await runScript('tools/postgres-versions/main.ts');
