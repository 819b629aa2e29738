import { consumerId } from '@ftgo/ftgo';
import { type NewOrder, Order } from '../src/order/order.js';
import type { RequestedLine } from '../src/order/order-line-items.js';
import type { OrderState } from '../src/order/order-state.js';
import { ajanta, ajantaId, vindaloo } from './restaurant.mother.js';

export const refusal = { code: 'TICKET_NOT_CANCELLABLE', detail: 'it is being prepared' };
export const now = new Date('2026-11-30T18:00:00Z');

interface Choice {
  readonly quantity?: number;
  readonly lineItems?: readonly RequestedLine[];
}

export const anOrder = ({ quantity = 5, lineItems = [{ menuItemId: vindaloo, quantity }] }: Choice = {}): NewOrder => ({
  consumerId: consumerId(1),
  restaurantId: ajantaId,
  deliveryTime: new Date('2026-11-30T19:30:00Z'),
  deliveryAddress: { street1: '1 Main Street', street2: 'Unit 99', city: 'Oakland', state: 'CA', zip: '94611' },
  lineItems,
});

/** Orders in each state: five vindaloos (61.70) by default. */
export const OrderMother = {
  pending(choice?: Choice): Order {
    return Order.create(anOrder(choice), ajanta())[0];
  },

  approved(choice?: Choice): Order {
    return after(OrderMother.pending(choice), (order) => order.approve());
  },

  in(state: OrderState): Order {
    return {
      APPROVAL_PENDING: () => OrderMother.pending(),
      APPROVED: () => OrderMother.approved(),
      REJECTED: () => after(OrderMother.pending(), (order) => order.reject(refusal)),
      CANCEL_PENDING: () => after(OrderMother.approved(), (order) => order.beginCancel()),
      CANCELLED: () => after(OrderMother.in('CANCEL_PENDING'), (order) => order.confirmCancel()),
      REVISION_PENDING: () =>
        after(OrderMother.approved(), (order) => order.beginRevision([{ menuItemId: vindaloo, quantity: 10 }], ajanta())),
    }[state]();
  },
};

function after(order: Order, act: (order: Order) => unknown): Order {
  act(order);
  return order;
}
