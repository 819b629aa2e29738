import { messagingSchema } from '@ftgo/messaging';
import { migrate, sqlMigration } from '@ftgo/platform';
import { readMigrationConfig } from '../../../config.js';
import { producer } from '../../../entries.js';

const tables = [...messagingSchema('ftgo_relay'), 'CREATE TABLE account (id int PRIMARY KEY, entries int NOT NULL)'];

await migrate({ name: producer, config: readMigrationConfig, migrations: [sqlMigration('Producer', 1, tables, [])] });
