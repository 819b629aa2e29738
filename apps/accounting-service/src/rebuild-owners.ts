import { rebuildProgram } from '@ftgo/operations';
import { OwnersModule } from './account/owners.module.js';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';

await rebuildProgram({ service, replica: 'owners', modules: [OwnersModule], readConfig: readRebuildConfig });
