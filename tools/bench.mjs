#!/usr/bin/env node
// npm run bench -- NAME: runs benchmarks/NAME.
import { runTool } from './setup/run.mjs';

await runTool('bench.ts');
