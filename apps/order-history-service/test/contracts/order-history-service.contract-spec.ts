import { type Ids, ownerOf } from '@ftgo/contracts/examples';
import { OrderHistoryServiceApi, TimelineExtended } from '@ftgo/contracts/orderhistory';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { jsonOf, ServiceUnderContract, verifyProvider, verifySubscriber } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { migrations } from '../../src/migrations/migrations.js';

describe.each([jsonContentType, protobufContentType] as const)('order-history-service, for its consumers, sending %s,', (sends) => {
  const history = new ServiceUnderContract({
    name: service,
    api: OrderHistoryServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot(config, broker),
  });
  beforeAll(() => history.start());
  afterAll(() => history.close());

  const placed = async (ids: Ids) => {
    await history.hears('OrderCreated', ids);
  };
  const approvedOrder = async () => {
    const ids = { order: history.freshId(), consumer: history.freshId(), restaurant: history.freshId() };
    await placed(ids);
    await history.hears('OrderAuthorized', ids);
    return ids;
  };

  verifyProvider(history, {
    given: {
      nothing: async () => {},
      'a consumer with an approved order': approvedOrder,
      'a consumer without orders': async () => {},
      'no such order': async () => {},
    },
    notCalled: ['GetOrder'],
  });

  it('publishes each entry of a timeline', async () => {
    const { order } = await approvedOrder();
    const published = await history.sent('topic = $1 AND subject = $2', ['ftgo.orderhistory.events', String(order)]);
    expect(published).toMatchObject({ type: TimelineExtended.payload.typeName, content_type: sends });
    const entry = { orderId: String(order), n: '2', type: 'OrderAuthorized', order: { state: 'ORDER_STATUS_APPROVED' } };
    expect(jsonOf(TimelineExtended.payload, published.payload, sends)).toMatchObject({ entry });
  });

  const shows =
    (event: string, expected: object = {}) =>
    async ({ order }: Ids) => {
      const shown = await history.get(`/orders/${order}`);
      expect(shown).toMatchObject({ orderId: String(order), ...expected });
      expect(shown.transitions).toContainEqual({ event, at: expect.any(String) as string });
    };
  const afterOrderCreated = (event: string, expected: object = {}) => ({ before: placed, after: shows(event, expected) });
  const renames = {
    after: async ({ restaurant }: Ids) =>
      expect(await history.database.query('SELECT name FROM restaurants WHERE id = $1', [restaurant])).toEqual([{ name: 'Ajanta' }]),
  };
  const revised = {
    orderTotal: '64.20',
    lineItems: [
      { menuItemId: '1', quantity: 5 },
      { menuItemId: '2', price: '2.50' },
    ],
  };

  const hasOwner = {
    after: async ({ consumer, person = 0 }: Ids) =>
      expect(await history.database.query('SELECT kind, id, principal FROM ownership WHERE id = $1', [consumer])).toEqual([
        { kind: 'consumer', id: consumer, principal: ownerOf(person) },
      ]),
  };

  verifySubscriber(history, {
    ConsumerCreated: hasOwner,
    RestaurantCreated: renames,
    RestaurantRevised: renames,
    RestaurantMenuRevised: renames,
    OrderCreated: {
      after: shows('OrderCreated', {
        status: 'APPROVAL_PENDING',
        restaurantName: 'Ajanta',
        orderTotal: '61.70',
        lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', price: '12.34', quantity: 5 }],
      }),
    },
    OrderAuthorized: afterOrderCreated('OrderAuthorized', { status: 'APPROVED' }),
    OrderRejected: afterOrderCreated('OrderRejected', { status: 'REJECTED' }),
    OrderCancelRequested: afterOrderCreated('OrderCancelRequested', { status: 'CANCEL_PENDING' }),
    OrderCancelRejected: afterOrderCreated('OrderCancelRejected', { status: 'APPROVED' }),
    OrderCancelled: afterOrderCreated('OrderCancelled', { status: 'CANCELLED' }),
    OrderRevisionProposed: afterOrderCreated('OrderRevisionProposed', { status: 'REVISION_PENDING', orderTotal: '61.70' }),
    OrderRevised: afterOrderCreated('OrderRevised', { status: 'APPROVED', ...revised }),
    OrderRevisionRejected: afterOrderCreated('OrderRevisionRejected', { status: 'APPROVED' }),
    TicketCreated: afterOrderCreated('TicketCreated'),
    TicketAccepted: afterOrderCreated('TicketAccepted'),
    TicketPreparationStarted: afterOrderCreated('TicketPreparationStarted'),
    TicketPreparationCompleted: afterOrderCreated('TicketPreparationCompleted'),
    TicketPickedUp: afterOrderCreated('TicketPickedUp'),
    TicketCancelled: afterOrderCreated('TicketCancelled'),
    TicketRevised: afterOrderCreated('TicketRevised'),
    DeliveryUnscheduled: afterOrderCreated('DeliveryUnscheduled', { deliveryStatus: 'PENDING' }),
    DeliveryScheduled: afterOrderCreated('DeliveryScheduled', { deliveryStatus: 'SCHEDULED' }),
    DeliveryPickedUp: afterOrderCreated('DeliveryPickedUp', { deliveryStatus: 'PICKED_UP' }),
    DeliveryDelivered: afterOrderCreated('DeliveryDelivered', { deliveryStatus: 'DELIVERED' }),
    DeliveryCancelled: afterOrderCreated('DeliveryCancelled', { deliveryStatus: 'CANCELLED' }),
    CardAuthorized: afterOrderCreated('CardAuthorized'),
    AuthorizationRevised: afterOrderCreated('AuthorizationRevised'),
    AuthorizationReversed: afterOrderCreated('AuthorizationReversed'),
    AuthorizationCaptured: afterOrderCreated('AuthorizationCaptured'),
  });
});
