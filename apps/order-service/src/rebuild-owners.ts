import { rebuildProgram } from '@ftgo/operations';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { ConsumerModule } from './consumer/consumer.module.js';

await rebuildProgram({ service, replica: 'owners', modules: [ConsumerModule], readConfig: readRebuildConfig });
