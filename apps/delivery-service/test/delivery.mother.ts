import { courierId, deliveryId, restaurantId } from '@ftgo/ftgo';
import { Delivery, type OrderToDeliver } from '../src/delivery/delivery.js';
import type { DeliveryState } from '../src/delivery/delivery-state.js';

export const ajantaAddress = { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' };

export const now = new Date('2026-11-30T18:00:00Z');
export const readyBy = new Date('2026-11-30T18:30:00Z');
export const deliveryTime = new Date('2026-11-30T19:00:00Z');

/** Above 2^31: no client may take courier ids for 32-bit numbers. */
export const mary = courierId(9_000_000_001);
export const john = courierId(9_000_000_002);

export const order: OrderToDeliver = { restaurantId: restaurantId(1), deliveryTime };

/** Deliveries of an order from Ajanta, in each state. */
export const DeliveryMother = {
  /** Needs only a courier: its ticket is accepted. */
  schedulable: (): Delivery => changed(DeliveryMother.in('PENDING'), (delivery) => delivery.noteTicketAccepted(readyBy)),

  in(state: DeliveryState): Delivery {
    return {
      EXPECTED: () => Delivery.expected(deliveryId(17)),
      PENDING: () => changed(DeliveryMother.in('EXPECTED'), (delivery) => delivery.noteOrderCreated(order, now)),
      SCHEDULED: () => changed(DeliveryMother.schedulable(), (delivery) => delivery.schedule(mary, ajantaAddress, now)),
      PICKED_UP: () =>
        changed(DeliveryMother.in('SCHEDULED'), (delivery) => {
          delivery.noteTicket('READY_FOR_PICKUP');
          delivery.pickUp(now);
        }),
      DELIVERED: () => changed(DeliveryMother.in('PICKED_UP'), (delivery) => delivery.dropOff(now)),
      CANCELLED: () => changed(DeliveryMother.in('PENDING'), (delivery) => delivery.callOff(now)),
    }[state]();
  },
};

function changed(delivery: Delivery, change: (delivery: Delivery) => unknown): Delivery {
  change(delivery);
  return delivery;
}
