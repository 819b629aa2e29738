#!/usr/bin/env node
// npm run reset: deletes the data of npm start.
import { runScript } from './setup/run.mjs';

await runScript('libs/runner/src/system/reset.ts');
