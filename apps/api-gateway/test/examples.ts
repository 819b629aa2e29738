import type { AuthorizationDetails } from '@ftgo/contracts/accounting';
import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { CourierActionDetails, DeliveryDetails } from '@ftgo/contracts/delivery';
import type { TicketDetails } from '@ftgo/contracts/kitchen';
import type { OrderDetails } from '@ftgo/contracts/order';
import type { OrderViewDetails } from '@ftgo/contracts/orderhistory';
import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { withheldAddress } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';

const lineItems = [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }];
export const address = { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' };

export const order: OrderDetails = {
  orderId: 17,
  state: 'APPROVED',
  orderTotal: Money.of('61.70'),
  consumerId: 7,
  restaurantId: 3,
  lineItems: lineItems.map((line) => ({ ...line, price: Money.of('12.34') })),
  deliveryAddress: address,
  deliveryTime: new Date('2026-11-21T19:30:00Z'),
  version: 2,
};
/** The order whose parts are returned only once all of them are requested. */
export const askedInParallel = 22;
/** The order for which Kitchen fails and Delivery never responds. */
export const incomplete = 23;
/** Its cancel was rejected once. */
export const lastRefusal: OrderDetails['lastRefusal'] = {
  operation: 'cancel',
  code: 'TICKET_NOT_CANCELLABLE',
  detail: 'cannot cancel ticket 17 in state PREPARING',
  at: new Date('2026-11-21T18:30:00Z'),
};
export const rejected: OrderDetails = {
  ...order,
  orderId: 18,
  consumerId: 8,
  state: 'REJECTED',
  rejection: { code: 'CONSUMER_NOT_FOUND', detail: 'consumer 8 not found' },
};
export const ticket: TicketDetails = {
  ticketId: 17,
  restaurantId: 3,
  state: 'ACCEPTED',
  lineItems,
  createdAt: new Date('2026-11-21T18:00:00Z'),
  acceptedAt: new Date('2026-11-21T18:10:00Z'),
  readyBy: new Date('2026-11-21T19:00:00.5Z'),
};
export const restaurant: RestaurantDetails = {
  restaurantId: 3,
  name: 'Ajanta',
  address,
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }] },
  version: 2,
};
export const consumer: ConsumerDetails = { consumerId: 7, name: { firstName: 'Ada', lastName: 'Lovelace' } };

export const orderView: OrderViewDetails = {
  orderId: 17,
  consumerId: 7,
  restaurantId: 3,
  restaurantName: 'Ajanta',
  status: 'APPROVED',
  orderTotal: order.orderTotal,
  lineItems: order.lineItems,
  deliveryStatus: 'SCHEDULED',
  transitions: [{ event: 'OrderCreated', at: new Date('2026-11-21T18:00:00Z') }],
};

export const courierActions: CourierActionDetails[] = [
  { type: 'PICKUP', deliveryId: 17, address, time: new Date('2026-11-21T19:00:00Z') },
  { type: 'DROPOFF', deliveryId: 17, address: withheldAddress, time: new Date('2026-11-21T19:30:00Z') },
];
export const delivery: DeliveryDetails = {
  deliveryId: 17,
  state: 'SCHEDULED',
  assignedCourierId: 9_000_000_001,
  courierActions,
  scheduledAt: new Date('2026-11-21T18:30:00Z'),
};

export const authorization: AuthorizationDetails = {
  authorizationId: 5,
  orderId: 17,
  accountId: 7,
  state: 'AUTHORIZED',
  amount: Money.of('61.70'),
};
