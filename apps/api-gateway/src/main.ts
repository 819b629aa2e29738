import { runService } from '@ftgo/platform';
import { AppModule, service } from './app.module.js';
import { readConfig } from './config.js';

await runService(AppModule, { name: service, config: readConfig });
