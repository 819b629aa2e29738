import { randomUUID } from 'node:crypto';
import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { withheldAddress } from '@ftgo/ftgo';
import { grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { publishers } from '@ftgo/testing/services';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryServiceUnderTest, startDeliveryService } from './delivery-service.js';

const ajanta = {
  name: 'Ajanta',
  address: { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' },
  menu: { menuItems: [] },
};
/** A version that still publishes addresses may be running. */
const home = { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' };
const order = {
  consumerId: '7',
  restaurantId: '1',
  restaurantName: 'Ajanta',
  lineItems: [],
  orderTotal: { currencyCode: 'USD', minorUnits: '6170' },
  deliveryAddress: home,
  deliveryTime: '2026-11-30T19:00:00Z',
};
const readyBy = '2026-11-30T18:30:00Z';

let lastOrder = 0;
const nextOrder = () => ++lastOrder;
/** Courier ids exceed 32 bits. */
let lastCourier = 9_000_000_000;
const nextCourier = () => ++lastCourier;

describe('delivery-service', () => {
  let delivery: DeliveryServiceUnderTest;
  const here = new Set<number>();

  beforeAll(async () => {
    delivery = await startDeliveryService();
    await delivery.others.publishes('restaurant', 'RestaurantCreated', 1, ajanta);
  });
  /** A test starts without couriers and waiting deliveries. */
  afterEach(async () => {
    for (const id of here) await available(id, false);
    here.clear();
    const waiting = await delivery.database.query<{ id: number }>("SELECT id FROM deliveries WHERE state = 'PENDING'");
    for (const { id } of waiting) await orderPublishes('OrderCancelled', id);
    for (const { id } of waiting) await untilState(id, 'CANCELLED');
  });
  afterAll(() => delivery?.close());

  const orderPublishes = (type: string, id: number, payload?: object) => delivery.others.publishes('order', type, id, payload);
  const kitchenPublishes = (type: string, id: number, payload?: object) => delivery.others.publishes('kitchen', type, id, payload);
  const created = (id: number) => orderPublishes('OrderCreated', id, order);
  const accepted = (id: number) => kitchenPublishes('TicketAccepted', id, { readyBy });
  const get = (id: number) => delivery.get(`/deliveries/${id}`);
  const post = (id: number, action: string) => delivery.post(`/deliveries/${id}/${action}`, {});
  const available = (id: number, isAvailable = true) => delivery.post(`/couriers/${id}/availability`, { available: isAvailable });
  const courierComes = async () => {
    const id = nextCourier();
    here.add(id);
    expect((await available(id)).status).toBe(200);
    return id;
  };
  const untilState = (id: number, state: string) =>
    eventually(async () => expect((await get(id)).body).toMatchObject({ deliveryInfo: { id, state } }));
  const published = (id: number) => delivery.others.eventsAbout(id).map(({ type }) => type);
  /** A delivery scheduled with this courier. */
  const scheduled = async () => {
    const [id, courier] = [nextOrder(), await courierComes()];
    await created(id);
    await accepted(id);
    await untilState(id, 'SCHEDULED');
    return { id, courier };
  };

  describe('from order to door', () => {
    it('shows a new delivery exactly as the original did', async () => {
      const id = nextOrder();
      await created(id);
      await untilState(id, 'PENDING');
      expect(await get(id)).toEqual({
        status: 200,
        contentType: expect.stringContaining('application/json') as string,
        body: { deliveryInfo: { id, state: 'PENDING' }, assignedCourier: null, courierActions: [] },
      });
    });

    it('is scheduled when the ticket is accepted, picked up when it is ready, and delivered', async () => {
      const { id, courier } = await scheduled();
      expect((await get(id)).body).toEqual({
        deliveryInfo: { id, state: 'SCHEDULED', scheduledAt: expect.any(String) as string },
        assignedCourier: courier,
        courierActions: [
          { type: 'PICKUP', address: ajanta.address, time: '2026-11-30T18:30:00.000' },
          { type: 'DROPOFF', address: withheldAddress, time: '2026-11-30T19:00:00.000' },
        ],
      });
      await kitchenPublishes('TicketPreparationStarted', id);
      await kitchenPublishes('TicketPreparationCompleted', id);
      await eventually(async () => expect((await post(id, 'pickup')).status).toBe(200));
      expect((await get(id)).body).toMatchObject({
        deliveryInfo: { state: 'PICKED_UP', pickedUpAt: expect.any(String) as string },
        courierActions: [{ type: 'DROPOFF' }],
      });
      expect(await post(id, 'dropoff')).toMatchObject({
        status: 200,
        body: { deliveryInfo: { state: 'DELIVERED' }, assignedCourier: courier, courierActions: [] },
      });
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/) as string;
      expect((await get(id)).body).toEqual({
        deliveryInfo: { id, state: 'DELIVERED', scheduledAt: time, pickedUpAt: time, deliveredAt: time },
        assignedCourier: courier,
        courierActions: [],
      });
      expect(await post(id, 'dropoff')).toMatchObject({
        status: 409,
        body: { code: 'ILLEGAL_TRANSITION', detail: `cannot drop off delivery ${id} in state DELIVERED` },
      });
      await eventually(() => expect(published(id)).toEqual(['DeliveryScheduled', 'DeliveryPickedUp', 'DeliveryDelivered']));
      const [first, second, third] = delivery.others.eventsAbout(id);
      expect(first).toMatchObject({
        key: String(id),
        payload: {
          courierId: String(courier),
          pickupAddress: ajanta.address,
          pickupTime: readyBy,
          deliveryAddress: withheldAddress,
          deliveryTime: order.deliveryTime,
        },
        headers: { ce_source: `/delivery-service/deliveries/${id}`, ce_sequence: '1'.padStart(20, '0'), ce_correlationid: 'played' },
      });
      expect([second, third].map((message) => message?.payload)).toEqual([{ courierId: String(courier) }, { courierId: String(courier) }]);
    });

    it('stays pending until a courier becomes available, and is then scheduled', async () => {
      const id = nextOrder();
      await created(id);
      await accepted(id);
      await kitchenPublishes('TicketPreparationStarted', id);
      await untilState(id, 'PENDING');
      const courier = await courierComes();
      await untilState(id, 'SCHEDULED');
      expect((await get(id)).body).toMatchObject({ assignedCourier: courier });
    });

    it('is scheduled when both order and ticket are known, whichever comes first', async () => {
      const [id, courier] = [nextOrder(), await courierComes()];
      await accepted(id);
      await kitchenPublishes('TicketPreparationStarted', id);
      await kitchenPublishes('TicketPreparationCompleted', id);
      await eventually(async () =>
        expect(await delivery.database.query('SELECT ticket_progress AS ticket FROM deliveries WHERE id = $1', [id])).toEqual([
          { ticket: 'READY_FOR_PICKUP' },
        ]),
      );
      expect((await get(id)).status).toBe(404);
      await created(id);
      await untilState(id, 'SCHEDULED');
      expect(await post(id, 'pickup')).toMatchObject({ status: 200, body: { assignedCourier: courier } });
    });

    it.each(['OrderRejected', 'OrderCancelled', 'TicketCancelled'])('is cancelled by %s, which frees its courier', async (type) => {
      const { id, courier } = await scheduled();
      if (type === 'TicketCancelled') await kitchenPublishes(type, id);
      else
        await orderPublishes(type, id, type === 'OrderRejected' ? { reason: { code: 'CREDIT_LIMIT_EXCEEDED', detail: 'too much' } } : {});
      await untilState(id, 'CANCELLED');
      expect((await get(id)).body).toMatchObject({
        deliveryInfo: { cancelledAt: expect.any(String) as string },
        assignedCourier: null,
        courierActions: [],
      });
      expect((await delivery.get(`/couriers/${courier}`)).body).toEqual({ courierId: courier, available: true, plan: [] });
      await eventually(() => expect(published(id)).toEqual(['DeliveryScheduled', 'DeliveryCancelled']));
      expect(delivery.others.eventsAbout(id).at(-1)?.payload).toEqual({ courierId: String(courier) });
    });

    it('publishes one event for a duplicate message', async () => {
      const [id, courier] = [nextOrder(), await courierComes()];
      const messageId = randomUUID();
      for (const once of [messageId, messageId, randomUUID()]) await delivery.others.publishes('order', 'OrderCreated', id, order, once);
      for (let n = 0; n < 2; n++) await accepted(id);
      for (let n = 0; n < 2; n++) await orderPublishes('OrderCancelled', id);
      await untilState(id, 'CANCELLED');
      await eventually(() => expect(published(id).at(-1)).toBe('DeliveryCancelled'));
      expect(published(id).filter((type) => type === 'DeliveryCancelled')).toHaveLength(1);
      expect((await delivery.get(`/couriers/${courier}`)).body).toMatchObject({ plan: [] });
    });

    it('dead-letters what it cannot read and continues', async () => {
      for (const who of ['order', 'kitchen', 'restaurant'] as const) await delivery.others.poison(publishers[who].topic);
      await eventually(async () =>
        expect(await delivery.database.query("SELECT topic FROM dead_letter WHERE status = 'dead' ORDER BY topic")).toEqual([
          { topic: 'ftgo.kitchen.events' },
          { topic: 'ftgo.order.events' },
          { topic: 'ftgo.restaurant.events' },
        ]),
      );
      await scheduled();
    });
  });

  describe('for couriers', () => {
    it('creates a courier on the first report of availability, with an id of any size', async () => {
      const greatest = Number.MAX_SAFE_INTEGER;
      expect(await available(greatest, false)).toEqual({
        status: 200,
        contentType: expect.stringContaining('application/json') as string,
        body: { courierId: greatest, available: false, plan: [] },
      });
      expect((await delivery.get(`/couriers/${greatest}`)).body).toMatchObject({ courierId: greatest });
      expect(await delivery.get('/couriers/404')).toMatchObject({ status: 404, body: { code: 'COURIER_NOT_FOUND' } });
      expect(await available(9_007_199_254_740_992)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    });

    it.each([
      ['nothing', {}, 400],
      ['a text', { available: 'yes' }, 400],
      ['null', { available: null }, 400],
      ['unknown properties', { available: false, position: 'unknown property' }, 200],
    ])('responds to %s as an availability with %d', async (_, body, status) => {
      expect((await delivery.post('/couriers/7/availability', body)).status).toBe(status);
    });

    it('ignores a repeated report of availability', async () => {
      const { id, courier } = await scheduled();
      const [first, again] = [await available(courier), await available(courier)];
      expect(first).toMatchObject({
        status: 200,
        body: { courierId: courier, available: true, plan: [{ deliveryId: id }, { deliveryId: id }] },
      });
      expect(again).toEqual(first);
      expect(await delivery.database.query('SELECT 1 FROM couriers WHERE id = $1', [courier])).toHaveLength(1);
    });

    it('reassigns or unschedules what an unavailable courier has not picked up', async () => {
      const { id, courier } = await scheduled();
      const next = await courierComes();
      expect((await available(courier, false)).body).toEqual({ courierId: courier, available: false, plan: [] });
      expect((await get(id)).body).toMatchObject({ deliveryInfo: { state: 'SCHEDULED' }, assignedCourier: next });
      expect((await delivery.get(`/couriers/${next}`)).body).toMatchObject({ plan: [{ deliveryId: id }, { deliveryId: id }] });
      expect((await available(next, false)).body).toMatchObject({ plan: [] });
      expect((await get(id)).body).toEqual({ deliveryInfo: { id, state: 'PENDING' }, assignedCourier: null, courierActions: [] });
      await available(courier);
      expect((await get(id)).body).toMatchObject({ deliveryInfo: { state: 'SCHEDULED' }, assignedCourier: courier });
      await eventually(() =>
        expect(delivery.others.eventsAbout(id).map(({ type, payload }) => [type, payload['courierId']])).toEqual([
          ['DeliveryScheduled', String(courier)],
          ['DeliveryScheduled', String(next)],
          ['DeliveryUnscheduled', String(next)],
          ['DeliveryScheduled', String(courier)],
        ]),
      );
    });

    it('shows the plan', async () => {
      const { id, courier } = await scheduled();
      expect((await delivery.get(`/couriers/${courier}`)).body).toEqual({
        courierId: courier,
        available: true,
        plan: [
          { type: 'PICKUP', deliveryId: id, address: ajanta.address, time: '2026-11-30T18:30:00.000' },
          { type: 'DROPOFF', deliveryId: id, address: withheldAddress, time: '2026-11-30T19:00:00.000' },
        ],
      });
    });

    it('rejects a pick-up while the ticket is not known to be ready', async () => {
      const { id } = await scheduled();
      expect(await post(id, 'pickup')).toMatchObject({
        status: 409,
        contentType: expect.stringContaining('application/problem+json') as string,
        body: { code: 'TICKET_NOT_READY' },
      });
      await untilState(id, 'SCHEDULED');
    });

    it('accepts a pick-up after the restaurant has reported it', async () => {
      const { id } = await scheduled();
      for (const type of ['TicketPreparationCompleted', 'TicketPickedUp']) await kitchenPublishes(type, id);
      await eventually(async () => expect((await post(id, 'pickup')).status).toBe(200));
    });

    it.each([
      ['a pick-up before it is scheduled', 'pickup'],
      ['a drop-off before its pick-up', 'dropoff'],
    ])('rejects %s and leaves the delivery unchanged', async (_, action) => {
      const id = nextOrder();
      await created(id);
      await untilState(id, 'PENDING');
      expect(await post(id, action)).toMatchObject({ status: 409, body: { code: 'ILLEGAL_TRANSITION' } });
      await untilState(id, 'PENDING');
    });

    it('picks up only once', async () => {
      const { id } = await scheduled();
      await kitchenPublishes('TicketPreparationCompleted', id);
      await eventually(async () =>
        expect(await delivery.database.query('SELECT ticket_progress AS ticket FROM deliveries WHERE id = $1', [id])).toEqual([
          { ticket: 'READY_FOR_PICKUP' },
        ]),
      );
      const answers = await Promise.all([1, 2].map(() => post(id, 'pickup')));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    });

    it('returns 404 for an unknown delivery', async () => {
      expect(await get(999_999)).toMatchObject({ status: 404, body: { code: 'DELIVERY_NOT_FOUND' } });
      for (const action of ['pickup', 'dropoff']) {
        expect(await post(999_999, action)).toMatchObject({ status: 404, body: { code: 'DELIVERY_NOT_FOUND' } });
        expect(await post(Number.NaN, action)).toMatchObject({ status: 400, body: { errors: [{ pointer: '/deliveryId' }] } });
      }
      expect((await get(Number.NaN)).status).toBe(400);
      expect(await delivery.get('/couriers/x')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/courierId' }] } });
    });
  });

  it('does the same over gRPC', async () => {
    const id = nextOrder();
    await created(id);
    await accepted(id);
    await kitchenPublishes('TicketPreparationCompleted', id);
    await untilState(id, 'PENDING');
    const client = grpcClient(DeliveryServiceApi, { url: delivery.grpcUrl });
    const { calls } = client;
    try {
      expect((await calls.getDelivery({ deliveryId: id })).delivery).toEqual({ deliveryId: id, state: 'PENDING', courierActions: [] });
      await expect(calls.notePickup({ deliveryId: id })).rejects.toMatchObject({ kind: 'conflict', code: 'ILLEGAL_TRANSITION' });
      const courierId = nextCourier();
      here.add(courierId);
      expect((await calls.noteCourierAvailability({ courierId, available: true })).courier).toMatchObject({ courierId, available: true });
      await untilState(id, 'SCHEDULED');
      expect((await calls.getCourier({ courierId })).courier.plan).toMatchObject([
        { type: 'PICKUP', deliveryId: id, address: ajanta.address, time: new Date(readyBy) },
        { type: 'DROPOFF', deliveryId: id, address: withheldAddress },
      ]);
      await eventually(async () =>
        expect((await calls.notePickup({ deliveryId: id })).delivery).toMatchObject({ state: 'PICKED_UP', assignedCourierId: courierId }),
      );
      expect((await calls.noteDropoff({ deliveryId: id })).delivery.deliveredAt).toBeInstanceOf(Date);
      const { deliveries } = await calls.batchGetDeliveries({ deliveryIds: [id, 999_999] });
      expect(deliveries.map(({ deliveryId }) => deliveryId)).toEqual([id]);
      await expect(calls.getDelivery({ deliveryId: 999_999 })).rejects.toMatchObject({ code: 'DELIVERY_NOT_FOUND', kind: 'not-found' });
      await expect(calls.getCourier({ courierId: 404 })).rejects.toMatchObject({ code: 'COURIER_NOT_FOUND', kind: 'not-found' });
    } finally {
      client.close();
    }
  });

  it('serves its OpenAPI document, Swagger UI and health', async () => {
    const { body } = await delivery.get('/openapi.json');
    expect(Object.keys(body['paths'] as object)).toEqual(
      expect.arrayContaining([
        '/deliveries/{deliveryId}',
        '/deliveries/{deliveryId}/pickup',
        '/deliveries/{deliveryId}/dropoff',
        '/couriers/{courierId}',
        '/couriers/{courierId}/availability',
      ]),
    );
    expect((await delivery.get('/health/live')).status).toBe(200);
    expect((await delivery.get('/swagger-ui/index.html')).status).toBe(200);
  });
});
