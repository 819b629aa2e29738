import { EntitySchema } from 'typeorm';
import { Courier, type CourierAction } from './courier.js';

/** The courier's private field is a column, so the names of both are written out here. */
interface CourierColumns {
  id: number;
  available: boolean;
  actions: readonly CourierAction[];
}

export const courierSchema = new EntitySchema<CourierColumns>({
  target: Courier,
  name: 'Courier',
  tableName: 'couriers',
  columns: {
    id: { type: 'bigint', primary: true },
    available: { type: 'boolean' },
    actions: { type: 'jsonb', name: 'plan' },
  },
});
