import { DatabaseModule } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { migratedDatabase } from '@ftgo/testing/services';
import { migrations } from '../src/migrations/migrations.js';
import { ticketSchema } from '../src/ticket/ticket.schema.js';

export const kitchenDatabase = (): Promise<TestDatabase> => migratedDatabase('kitchen-service', migrations);

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [ticketSchema] });
