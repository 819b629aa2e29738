import { DatabaseModule, runMigrations } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { migrations } from '../src/migrations/migrations.js';
import { ticketSchema } from '../src/ticket/ticket.schema.js';

const template = { name: 'kitchen_service', prepare: (url: string) => runMigrations(url, migrations, { print: () => {} }) };

/** A database of one's own, migrated. */
export const kitchenDatabase = (): Promise<TestDatabase> => testDatabase({ template });

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [ticketSchema] });
