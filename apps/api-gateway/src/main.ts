import { runService } from '@ftgo/platform';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';

await runService(AppModule, { name: 'api-gateway', config: readConfig });
