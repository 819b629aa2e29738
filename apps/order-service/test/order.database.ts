import { DatabaseModule, runMigrations } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { migrations } from '../src/migrations/migrations.js';
import { orderSchema } from '../src/order/order.schema.js';

const template = { name: 'order_service', prepare: (url: string) => runMigrations(url, migrations, { print: () => {} }) };

/** A database of one's own, migrated. */
export const orderDatabase = (): Promise<TestDatabase> => testDatabase({ template });

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [orderSchema] });
