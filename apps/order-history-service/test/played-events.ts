import { type PlayedEvent as EventOfAnyone, publishers } from '@ftgo/testing/services';

export interface PlayedEvent extends EventOfAnyone {
  readonly source: string;
  readonly payload: object;
}

type Owner = 'restaurant' | 'consumer' | 'order' | 'kitchen' | 'delivery' | 'accounting';

const owners: readonly Owner[] = ['restaurant', 'consumer', 'order', 'kitchen', 'delivery', 'accounting'];

export const topics = owners.map((owner) => publishers[owner].topic);

export function event(
  owner: Owner,
  id: number,
  sequence: number,
  type: string,
  payload: object = {},
  time: Date = new Date(),
): PlayedEvent {
  return { publisher: owner, type, id, sequence, payload, time, source: `${publishers[owner].source}/${id}` };
}

export const usd = (minorUnits: number) => ({ currencyCode: 'USD', minorUnits: String(minorUnits) });

const vindaloo = { menuItemId: '1', name: 'Chicken Vindaloo', price: usd(1234), quantity: 5 };
const address = { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' };

/** An order of five vindaloos at Ajanta. */
export const orderPlaced = (change: object = {}) => ({
  consumerId: '7',
  restaurantId: '1',
  restaurantName: 'Ajanta',
  lineItems: [vindaloo],
  orderTotal: usd(6170),
  deliveryAddress: address,
  deliveryTime: '2026-11-30T19:30:00Z',
  ...change,
});

export const restaurantNamed = (name: string) => ({ name, address, menu: { menuItems: [] } });

export interface PlacedOrder {
  readonly orderId: number;
  readonly consumerId: number;
  /** The number of earlier events of its consumer's account. */
  readonly accountSequence?: number;
  readonly placedAt?: Date;
}

/** The events of an order that is revised and delivered, in order per source; consecutive events are a minute apart. */
export function deliveredOrder({
  orderId,
  consumerId,
  accountSequence = 1,
  placedAt = new Date('2026-11-30T18:00:00Z'),
}: PlacedOrder): Record<'order' | 'ticket' | 'delivery' | 'account', PlayedEvent[]> {
  const at = (minutes: number) => new Date(placedAt.getTime() + minutes * 60_000);
  const lineItems = [vindaloo, { menuItemId: '2', name: 'Garlic Naan', price: usd(350), quantity: 1 }];
  const authorization = { orderId: String(orderId), authorizationId: String(orderId) };
  return {
    order: [
      event('order', orderId, 1, 'OrderCreated', orderPlaced({ consumerId: String(consumerId) }), at(0)),
      event('order', orderId, 2, 'OrderAuthorized', {}, at(3)),
      event('order', orderId, 3, 'OrderRevisionProposed', { lineItems, orderTotal: usd(6520) }, at(4)),
      event('order', orderId, 4, 'OrderRevised', { lineItems, orderTotal: usd(6520) }, at(7)),
    ],
    account: [
      event('accounting', consumerId, accountSequence + 1, 'CardAuthorized', { ...authorization, amount: usd(6170) }, at(1)),
      event('accounting', consumerId, accountSequence + 2, 'AuthorizationRevised', { ...authorization, amount: usd(6520) }, at(5)),
      event('accounting', consumerId, accountSequence + 3, 'AuthorizationCaptured', { ...authorization, amount: usd(6520) }, at(15)),
    ],
    ticket: [
      event('kitchen', orderId, 1, 'TicketCreated', { restaurantId: '1', lineItems: [] }, at(2)),
      event('kitchen', orderId, 2, 'TicketRevised', { lineItems: [] }, at(6)),
      event('kitchen', orderId, 3, 'TicketAccepted', { readyBy: '2026-11-30T19:00:00Z' }, at(8)),
      event('kitchen', orderId, 4, 'TicketPreparationStarted', {}, at(10)),
      event('kitchen', orderId, 5, 'TicketPreparationCompleted', {}, at(11)),
      event('kitchen', orderId, 6, 'TicketPickedUp', {}, at(13)),
    ],
    delivery: [
      event(
        'delivery',
        orderId,
        1,
        'DeliveryScheduled',
        { courierId: '2147483649', pickupAddress: address, deliveryAddress: address, deliveryTime: '2026-11-30T19:30:00Z' },
        at(9),
      ),
      event('delivery', orderId, 2, 'DeliveryPickedUp', { courierId: '2147483649' }, at(12)),
      event('delivery', orderId, 3, 'DeliveryDelivered', { courierId: '2147483649' }, at(14)),
    ],
  };
}
