import { migrate } from '@ftgo/platform';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/migrations.js';

await migrate({ name: 'consumer-service', config: readMigrationConfig, migrations });
