#!/usr/bin/env node
// npm start: everything, as separate processes, until Ctrl-C.
import { runScript } from './setup/run.mjs';

await runScript('libs/runner/src/system/main.ts');
