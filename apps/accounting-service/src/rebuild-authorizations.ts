import { rebuildProgram } from '@ftgo/operations';
import { ViewModule } from './account/view.module.js';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';

await rebuildProgram({ service, replica: 'authorizations', modules: [ViewModule], readConfig: readRebuildConfig });
