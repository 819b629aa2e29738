import { DatabaseModule, runMigrations } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { courierSchema } from '../src/courier/courier.schema.js';
import { deliverySchema } from '../src/delivery/delivery.schema.js';
import { migrations } from '../src/migrations/migrations.js';

const template = { name: 'delivery_service', prepare: (url: string) => runMigrations(url, migrations, { print: () => {} }) };

/** A database of one's own, migrated. */
export const deliveryDatabase = (): Promise<TestDatabase> => testDatabase({ template });

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [deliverySchema, courierSchema] });
