#!/usr/bin/env node
// npm run test:postgres [-- MAJOR …]: runs the specs that use PostgreSQL on each older supported major version.
import { runScript } from './setup/run.mjs';

await runScript('tools/postgres-versions/main.ts');
