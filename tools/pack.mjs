#!/usr/bin/env node
// npm run pack: builds the packages that others install, and packs them into dist/.
import { runScript } from './setup/run.mjs';

await runScript('tools/packages/main.ts');
