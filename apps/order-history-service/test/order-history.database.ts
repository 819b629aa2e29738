import { DatabaseModule, runMigrations } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { migrations } from '../src/migrations/migrations.js';

const template = { name: 'order_history_service', prepare: (url: string) => runMigrations(url, migrations, { print: () => {} }) };

/** A database of one's own, migrated. */
export const orderHistoryDatabase = (): Promise<TestDatabase> => testDatabase({ template });

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [] });
