#!/usr/bin/env node
// npm run bench -- NAME: runs benchmarks/NAME.
import { runScript } from './setup/run.mjs';

await runScript('tools/bench.ts');
