import { DatabaseModule } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { migratedDatabase } from '@ftgo/testing/services';
import { migrations } from '../src/migrations/migrations.js';
import { orderSchema } from '../src/order/order.schema.js';

export const orderDatabase = (): Promise<TestDatabase> => migratedDatabase('order-service', migrations);

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [orderSchema] });
