import type { AssignmentDetails, PositionDetails, TrackCourierRequest } from '@ftgo/contracts/delivery';
import { withheldAddress } from '@ftgo/ftgo';
import { eventually } from '@ftgo/testing';
import { CourierDevice } from '@ftgo/testing/services';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ajantaAddress, deliveryTime, readyBy } from './delivery.mother.js';
import { type DeliveryServiceUnderTest, startDeliveryService } from './delivery-service.js';

let lastOrder = 0;
let lastCourier = 9_000_000_000;

describe('a courier whose device is connected', () => {
  let delivery: DeliveryServiceUnderTest;
  let courier: number;
  const devices: CourierDevice[] = [];
  const deliveries: number[] = [];

  beforeAll(async () => {
    delivery = await startDeliveryService();
    await delivery.others.publishes('restaurant', 'RestaurantCreated', 1, {
      name: 'Ajanta',
      address: ajantaAddress,
      menu: { menuItems: [] },
    });
  });
  beforeEach(async () => {
    courier = ++lastCourier;
    await available(courier, true);
  });
  afterEach(async () => {
    for (const connected of devices.splice(0)) await connected.close();
    for (const id of deliveries) await delivery.others.publishes('order', 'OrderCancelled', id);
    for (const id of deliveries.splice(0)) await untilState(id, 'CANCELLED');
    await available(courier, false);
  });
  afterAll(() => delivery?.close());

  const available = (id: number, isAvailable: boolean) => delivery.post(`/couriers/${id}/availability`, { available: isAvailable });
  const untilState = (id: number, state: string) =>
    eventually(async () => expect((await delivery.get(`/deliveries/${id}`)).body).toMatchObject({ deliveryInfo: { id, state } }));
  const scheduled = async (): Promise<number> => {
    const id = ++lastOrder;
    deliveries.push(id);
    await delivery.others.publishes('order', 'OrderCreated', id, {
      consumerId: '7',
      restaurantId: '1',
      restaurantName: 'Ajanta',
      lineItems: [],
      orderTotal: { currencyCode: 'USD', minorUnits: '6170' },
      deliveryAddress: withheldAddress,
      deliveryTime,
    });
    await delivery.others.publishes('kitchen', 'TicketAccepted', id, { readyBy });
    await untilState(id, 'SCHEDULED');
    return id;
  };

  function device(first: Partial<TrackCourierRequest> = {}): CourierDevice {
    const connected = new CourierDevice(delivery.grpcUrl, { courierId: courier, ...first });
    devices.push(connected);
    return connected;
  }
  const summary = (seen: readonly AssignmentDetails[]) => seen.map(({ number, type, deliveryId }) => `${number} ${type} ${deliveryId}`);

  it('gets each assignment with the actions to carry out', async () => {
    const before = await scheduled();
    const { assignments: seen } = device();
    const after = await scheduled();
    await eventually(() => expect(summary(seen)).toEqual([`1 ASSIGNED ${before}`, `2 ASSIGNED ${after}`]));
    expect(seen[0]?.actions).toEqual([
      { type: 'PICKUP', deliveryId: before, address: ajantaAddress, time: readyBy },
      { type: 'DROPOFF', deliveryId: before, address: withheldAddress, time: deliveryTime },
    ]);
  });

  it('gets unacknowledged assignments again after a reconnection', async () => {
    const first = device();
    const [one, two] = [await scheduled(), await scheduled()];
    await eventually(() => expect(first.assignments).toHaveLength(2));
    first.send({ acknowledged: 1 });
    await eventually(async () =>
      expect(await delivery.database.query('SELECT unacknowledged AS open FROM couriers WHERE id = $1', [courier])).toMatchObject([
        { open: [{ deliveryId: two }] },
      ]),
    );
    await first.close();

    const second = device();
    await eventually(() => expect(summary(second.assignments)).toEqual([`2 ASSIGNED ${two}`]));
    await second.close();
    const third = device({ acknowledged: 2 });
    const three = await scheduled();
    await eventually(() => expect(summary(third.assignments)).toEqual([`3 ASSIGNED ${three}`]));
    expect(one).toBeLessThan(two);
  });

  it('learns that a delivery was taken away', async () => {
    const { assignments: seen } = device();
    const id = await scheduled();
    await eventually(() => expect(summary(seen)).toEqual([`1 ASSIGNED ${id}`]));
    await delivery.others.publishes('order', 'OrderCancelled', id);
    await eventually(() => expect(summary(seen)).toEqual([`1 ASSIGNED ${id}`, `2 WITHDRAWN ${id}`]));
    expect(seen[1]?.actions).toEqual([]);
  });

  it('has its position published for each of its deliveries, at most once a second', async () => {
    const [one, two] = [await scheduled(), await scheduled()];
    const moves = () =>
      delivery.others.received().filter(({ type, payload }) => type === 'CourierMoved' && payload.courierId === String(courier));
    const latitudes = (id: number) =>
      moves().flatMap(({ key, payload }) => (key === String(id) ? [(payload.position as PositionDetails).lat] : []));
    const connected = device({ position: { lat: 37.8, lon: -122.2 } });
    await eventually(() => {
      connected.send({ position: { lat: 37.9, lon: -122.3 } });
      for (const id of [one, two]) expect(latitudes(id).slice(0, 2)).toEqual([37.8, 37.9]);
    });
    expect(moves()[0]).toMatchObject({
      payload: { courierId: String(courier), position: { lat: 37.8, lon: -122.2 }, at: expect.any(String) as string },
      headers: { ce_source: `/delivery-service/couriers/${courier}`, ce_type: 'ftgo.delivery.v1.CourierMoved' },
    });
    const times = moves().flatMap(({ key, payload }) => (key === String(one) ? [Date.parse(String(payload.at))] : []));
    for (const [i, time] of times.slice(1).entries()) expect(time - (times[i] ?? 0)).toBeGreaterThan(990);
    const { body } = await delivery.get('/metrics');
    expect(String(body.text)).toMatch(/courier_positions_total\{outcome="dropped"\} [1-9]/);
  });

  it('gets the same errors as with unary calls', async () => {
    await expect(device({ courierId: 404 }).ended).rejects.toMatchObject({ code: 'COURIER_NOT_FOUND', kind: 'not-found' });
    await expect(device({ position: { lat: 91, lon: 0 } }).ended).rejects.toMatchObject({ errors: [{ pointer: '/position/lat' }] });
    const confused = device();
    confused.send({ courierId: courier + 1 });
    await expect(confused.ended).rejects.toMatchObject({ errors: [{ pointer: '/courierId' }] });
  });
});
