import { Access, DatabaseModule } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { migratedDatabase } from '@ftgo/testing/services';
import { Test, type TestingModule } from '@nestjs/testing';
import { Erasures } from '../src/erasure/erasures.js';
import { migrations } from '../src/migrations/migrations.js';
import { OrderQueries } from '../src/order/order.queries.js';
import { OrderRepository } from '../src/order/order.repository.js';
import { orderSchema } from '../src/order/order.schema.js';

export const orderDatabase = (): Promise<TestDatabase> => migratedDatabase('order-service', migrations);

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [orderSchema] });

/** What stores and reads orders, with security off. */
export const ordersOn = (database: TestDatabase): Promise<TestingModule> =>
  Test.createTestingModule({
    imports: [databaseModule(database)],
    providers: [OrderRepository, OrderQueries, Erasures, { provide: Access, useValue: new Access(false) }],
  }).compile();
