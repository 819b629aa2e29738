import type { Address } from '@ftgo/ftgo';
import { EntitySchema } from 'typeorm';
import { Delivery } from './delivery.js';

/** The columns map to private fields of the delivery, so both names are spelled out. */
interface DeliveryColumns {
  id: number;
  currentState: string;
  isCalledOff: boolean;
  ticketProgress: string;
  readyBy: Date | null;
  restaurantId: number | null;
  deliveryTime: Date | null;
  courierId: number | null;
  pickupAddress: Address | null;
  scheduledAt: Date | null;
  pickedUpAt: Date | null;
  deliveredAt: Date | null;
  cancelledAt: Date | null;
  version: number;
}

export const deliverySchema = new EntitySchema<DeliveryColumns>({
  target: Delivery,
  name: 'Delivery',
  tableName: 'deliveries',
  columns: {
    id: { type: 'bigint', primary: true },
    currentState: { type: 'text', name: 'state' },
    isCalledOff: { type: 'boolean' },
    ticketProgress: { type: 'text' },
    readyBy: { type: 'timestamptz', nullable: true },
    restaurantId: { type: 'bigint', nullable: true },
    deliveryTime: { type: 'timestamptz', nullable: true },
    courierId: { type: 'bigint', nullable: true },
    pickupAddress: { type: 'jsonb', nullable: true },
    scheduledAt: { type: 'timestamptz', nullable: true },
    pickedUpAt: { type: 'timestamptz', nullable: true },
    deliveredAt: { type: 'timestamptz', nullable: true },
    cancelledAt: { type: 'timestamptz', nullable: true },
    version: { type: 'integer' },
  },
});
