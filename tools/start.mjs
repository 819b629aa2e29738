#!/usr/bin/env node
// npm start: everything, as separate processes, until Ctrl-C.
import { runTool } from './setup/run.mjs';

await runTool('system/main.ts');
