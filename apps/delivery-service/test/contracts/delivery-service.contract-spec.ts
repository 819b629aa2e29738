import { CourierMessage, CourierMoved, DeliveryMessage, DeliveryServiceApi } from '@ftgo/contracts/delivery';
import type { Ids } from '@ftgo/contracts/examples';
import { courierId } from '@ftgo/ftgo';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import type { ReceivedRecord } from '@ftgo/messaging/broker';
import { eventually } from '@ftgo/testing';
import { fromProtobuf, ServiceUnderContract, verifyProvider, verifySubscriber } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { courierJson } from '../../src/courier/courier.http.dto.js';
import type { CourierView } from '../../src/courier/courier.queries.js';
import { deliveryJson } from '../../src/delivery/delivery.http.dto.js';
import type { DeliveryView } from '../../src/delivery/delivery.queries.js';
import { migrations } from '../../src/migrations/migrations.js';
import { CourierPositions } from '../../src/tracking/courier-positions.js';

describe.each([jsonContentType, protobufContentType] as const)('delivery-service, for its consumers, sending %s,', (sends) => {
  const deliveries = new ServiceUnderContract({
    name: service,
    api: DeliveryServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot(config, broker),
  });
  beforeAll(() => deliveries.start());
  afterAll(() => deliveries.close());
  /** Couriers of other examples would be assigned the deliveries of this one. */
  beforeEach(() => deliveries.database.query('UPDATE couriers SET available = false'));

  const couriers: number[] = [];
  const everyoneGoesHome = async () => {
    for (const courier of couriers) await deliveries.post(`/couriers/${courier}/availability`, { available: false });
  };
  const aCourier = async () => {
    const courier = 9_000_000_000 + deliveries.freshId();
    await deliveries.post(`/couriers/${courier}/availability`, { available: true });
    couriers.push(courier);
    return { courier };
  };
  /** The order of events in a delivery's life; it has the id of its order. */
  const pending = async ({ order = deliveries.freshId(), restaurant = deliveries.freshId() }: Partial<Ids>) => {
    const ids = { order, delivery: order, restaurant, consumer: 7, courier: 0 };
    await deliveries.hears('RestaurantCreated', ids);
    await deliveries.hears('OrderCreated', ids);
    return ids;
  };
  const scheduled = async (given: Partial<Ids>) => {
    const ids = { ...(await pending(given)), ...(await aCourier()) };
    await deliveries.hears('TicketAccepted', ids);
    return ids;
  };
  const after =
    (before: typeof pending, act: (ids: Ids) => Promise<unknown>): typeof pending =>
    async (given) => {
      const ids = await before(given);
      await act(ids);
      return ids;
    };
  const ready = after(scheduled, (ids) => deliveries.hears('TicketPreparationCompleted', ids));
  const pickedUp = after(ready, ({ delivery }) => deliveries.post(`/deliveries/${delivery}/pickup`));
  const fresh = (state: typeof pending) => () => state({});

  verifyProvider(deliveries, {
    given: {
      nothing: async () => {},
      'an available courier': aCourier,
      'no such courier': async () => {},
      'a delivery without a courier': fresh(pending),
      'a delivery that has a courier': fresh(scheduled),
      'a delivery whose food is ready': fresh(ready),
      'a delivery that was picked up': fresh(pickedUp),
      'no such delivery': async () => {},
      DeliveryScheduled: fresh(scheduled),
      DeliveryUnscheduled: fresh(after(scheduled, everyoneGoesHome)),
      DeliveryPickedUp: fresh(pickedUp),
      DeliveryDelivered: fresh(after(pickedUp, ({ delivery }) => deliveries.post(`/deliveries/${delivery}/dropoff`))),
      DeliveryCancelled: fresh(after(scheduled, (ids) => deliveries.hears('OrderCancelled', ids))),
    },
    protobuf: {
      '/deliveries/': fromProtobuf(DeliveryMessage, (delivery) => deliveryJson(delivery as DeliveryView)),
      '/couriers/': fromProtobuf(CourierMessage, (courier) => courierJson(courier as CourierView)),
    },
    notCalled: ['BatchGetDeliveries'],
  });

  it('publishes the positions of couriers', async () => {
    const { courier, delivery } = await scheduled({});
    const records: ReceivedRecord[] = [];
    const { topic } = CourierMoved.channel;
    const following = deliveries.follow({ topics: [topic], handler: (each) => void records.push(...each) });
    await following.started;
    await deliveries.app.get(CourierPositions).publish(courierId(courier), { lat: 37.8, lon: -122.2 });
    await eventually(() => expect(records).toHaveLength(1));
    await following.close();
    const { key, value, headers } = records[0] as ReceivedRecord;
    expect([String(key), String(headers.get('content-type'))]).toEqual([String(delivery), sends]);
    const position = { courierId: courier, position: { lat: 37.8, lon: -122.2 } };
    expect(CourierMoved.payload.decode(value as Buffer, sends)).toMatchObject(position);
  });

  const stateOf = async ({ order }: Ids) => ((await deliveries.get(`/deliveries/${order}`)).deliveryInfo as { state: string }).state;
  const becomes = (state: string) => async (ids: Ids) => expect(await stateOf(ids)).toBe(state);
  const asPending = async (ids: Ids) => void (await pending(ids));
  const asScheduled = async (ids: Ids) => void (await scheduled(ids));
  /** Couriers pick up at the address of the restaurant. */
  const isPickupAddress = {
    after: async (ids: Ids) => {
      const { courier } = await aCourier();
      const order = deliveries.freshId();
      await deliveries.hears('OrderCreated', { ...ids, order, consumer: 7 });
      await deliveries.hears('TicketAccepted', { order });
      const { plan } = await deliveries.get(`/couriers/${courier}`);
      expect(plan).toMatchObject([{ type: 'PICKUP', address: { street1: '1 High Street', zip: '94611' } }, { type: 'DROPOFF' }]);
    },
  };
  const pickupIs =
    (status: number) =>
    async ({ order }: Ids) =>
      expect((await deliveries.app.inject({ method: 'POST', url: `/deliveries/${order}/pickup` })).statusCode).toBe(status);
  verifySubscriber(deliveries, {
    RestaurantCreated: isPickupAddress,
    RestaurantRevised: isPickupAddress,
    RestaurantMenuRevised: isPickupAddress,
    OrderCreated: { after: becomes('PENDING') },
    OrderRejected: { before: asPending, after: becomes('CANCELLED') },
    OrderCancelled: { before: asPending, after: becomes('CANCELLED') },
    TicketCancelled: { before: asPending, after: becomes('CANCELLED') },
    TicketAccepted: {
      before: async (ids) => {
        await asPending(ids);
        await aCourier();
      },
      after: becomes('SCHEDULED'),
    },
    TicketPreparationStarted: { before: asScheduled, after: pickupIs(409) },
    TicketPreparationCompleted: { before: asScheduled, after: pickupIs(200) },
    TicketPickedUp: { before: asScheduled, after: pickupIs(200) },
  });
});
