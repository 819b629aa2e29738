import { messagingSchema } from '@ftgo/messaging';
import { migrate, sqlMigration } from '@ftgo/platform';
import { readMigrationConfig } from '../../../config.js';
import { consumer } from '../../../entries.js';

const handled = 'CREATE TABLE handled (at bigint GENERATED ALWAYS AS IDENTITY, account int NOT NULL, number int NOT NULL)';

await migrate({
  name: consumer,
  config: readMigrationConfig,
  migrations: [sqlMigration('Consumer', 1, [...messagingSchema('ftgo_relay'), handled], [])],
});
