import { DatabaseModule } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { migratedDatabase } from '@ftgo/testing/services';
import { migrations } from '../src/migrations/migrations.js';

export const accountingDatabase = (): Promise<TestDatabase> => migratedDatabase('accounting-service', migrations);

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [] });
