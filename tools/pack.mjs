#!/usr/bin/env node
// npm run pack: builds the published packages and packs them into dist/.
import { runScript } from './setup/run.mjs';

await runScript('tools/packages/main.ts');
