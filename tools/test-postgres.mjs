#!/usr/bin/env node
// npm run test:postgres [-- MAJOR …]: runs the specs that use PostgreSQL on each older supported major version.
import './setup/node-version.mjs';

void import('./setup/run.mjs').then(({ runScript }) => runScript('tools/postgres-versions/main.ts'));
