import { endWithMessage, runMigrations } from '@ftgo/platform';
import { readMigrationConfig } from './config.js';
import { migrations } from './migrations/migrations.js';

await endWithMessage('accounting-service', () => runMigrations(readMigrationConfig().databaseUrl, migrations));
