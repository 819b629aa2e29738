#!/usr/bin/env node
// npm run ftgo -- …: the processes of a running npm start.
import { runScript } from './setup/run.mjs';

await runScript('apps/cli/src/main.ts');
