import { runMigrations } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '../database.js';

export type Migrations = Parameters<typeof runMigrations>[1];

/** A private database for a spec with the tables of a service. */
export const migratedDatabase = (service: string, migrations: Migrations): Promise<TestDatabase> =>
  testDatabase({ template: { name: service, prepare: (url) => runMigrations(url, migrations, { print: () => {} }) } });
