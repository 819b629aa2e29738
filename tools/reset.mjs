#!/usr/bin/env node
// npm run reset: deletes the data of npm start.
import { runTool } from './setup/run.mjs';

await runTool('system/reset.ts');
