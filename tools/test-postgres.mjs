#!/usr/bin/env node
// npm run test:postgres [-- MAJOR …]: the specs that meet PostgreSQL, on each supported major version but the newest.
import { runTool } from './setup/run.mjs';

await runTool('postgres-versions/main.ts');
