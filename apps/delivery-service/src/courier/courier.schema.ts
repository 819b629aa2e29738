import { EntitySchema } from 'typeorm';
import { Courier, type CourierAction } from './courier.js';

/** The column maps to a private field of the courier, so both names are spelled out. */
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
