#!/usr/bin/env node
// npm run test:compose: builds the images, runs everything in containers, tests it, and takes it down.
import { runTool } from './setup/run.mjs';

await runTool('deployment/compose-test/main.ts');
