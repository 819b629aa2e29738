#!/usr/bin/env node
// npm run pictures: the recordings and the order of the README, from a real run.
import { runScript } from './setup/run.mjs';

await runScript('tools/pictures/main.ts');
