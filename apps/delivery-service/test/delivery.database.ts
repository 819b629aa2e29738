import { DatabaseModule } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { migratedDatabase } from '@ftgo/testing/services';
import { courierSchema } from '../src/courier/courier.schema.js';
import { deliverySchema } from '../src/delivery/delivery.schema.js';
import { migrations } from '../src/migrations/migrations.js';

export const deliveryDatabase = (): Promise<TestDatabase> => migratedDatabase('delivery-service', migrations);

export const databaseModule = ({ url }: TestDatabase) => DatabaseModule.forRoot({ url, entities: [deliverySchema, courierSchema] });
