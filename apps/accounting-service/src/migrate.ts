import { migrate } from '@ftgo/platform';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/migrations.js';

await migrate({ name: 'accounting-service', config: readMigrationConfig, migrations });
