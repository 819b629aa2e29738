import { EntitySchema } from 'typeorm';
import { type Assignment, Courier, type CourierAction } from './courier.js';

/** The columns map to private fields of the courier, so both names are spelled out. */
interface CourierColumns {
  id: number;
  available: boolean;
  assignmentCount: number;
  actions: readonly CourierAction[];
  open: readonly Assignment[];
}

export const courierSchema = new EntitySchema<CourierColumns>({
  target: Courier,
  name: 'Courier',
  tableName: 'couriers',
  columns: {
    id: { type: 'bigint', primary: true },
    available: { type: 'boolean' },
    assignmentCount: { type: 'integer' },
    actions: { type: 'jsonb', name: 'plan' },
    open: { type: 'jsonb', name: 'unacknowledged' },
  },
});
