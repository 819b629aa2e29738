#!/usr/bin/env node
// npm run ftgo -- …: the processes of a running npm start.
import { runTool } from './setup/run.mjs';

await runTool('ftgo/main.ts');
