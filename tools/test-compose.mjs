#!/usr/bin/env node
// npm run test:compose: builds the images, runs everything in containers, tests it, and removes it.
import { runScript } from './setup/run.mjs';

await runScript('tools/deployment/compose-test/main.ts');
