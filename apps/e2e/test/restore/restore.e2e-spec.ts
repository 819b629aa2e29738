import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { becauseNoKafka, eventually, noKafka } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ftgoCli } from '../cli.js';
import { Ftgo, vindaloo } from '../ftgo.js';
import { call, succeeded } from '../http.js';
import { invariants } from '../invariants.js';

const restored = 'after the databases were restored to one point in time, and events of the lost time were in the topics';

describe.skipIf(noKafka)(`${restored}${becauseNoKafka}`, () => {
  let ftgo: Ftgo;
  let consumerId: number;
  let restaurantId: number;
  /** Cancelled in the lost time. */
  let cancelled: number;
  /** Its saga ran at the point in time. */
  let inFlight: number;
  /** Placed in the lost time. */
  let lost: number;
  /** Placed after the restore. */
  let next: number;
  /** A consumer who was erased in the lost time. */
  let erased: number;
  /** The ids of all messages that were sent and lost, by database. */
  const lostMessages: string[] = [];

  const home = () => String(ftgo.system.environment('order-service')['FTGO_HOME']);
  const cli = async (...args: readonly string[]) => {
    const { code, out, error } = await ftgoCli({ FTGO_HOME: home() }, ...args);
    expect([code, error]).toEqual([0, '']);
    return out;
  };
  const price = (text: string) => ({ menuItems: [{ ...vindaloo, price: text }] });
  const setPrice = (text: string) =>
    succeeded(call('PUT', ftgo.url('restaurant-service', `/restaurants/${restaurantId}/menu`), price(text)));
  const sent = async () => {
    const rows = await Promise.all(ftgo.databases.names.map((name) => ftgo.databases.rows<{ id: string }>(name, 'SELECT id FROM outbox')));
    return rows.flat().map(({ id }) => id);
  };
  const history = (orderId: number) =>
    ftgo.databases.rows<{ event: string; event_id: string }>(
      'ftgo_order_history',
      'SELECT event, event_id FROM order_timeline WHERE order_id = $1 ORDER BY n',
      [orderId],
    );
  /** The views and replicas of all services. */
  const derived = async () => ({
    orders: await ftgo.databases.rows('ftgo_order_history', 'SELECT * FROM order_view ORDER BY order_id'),
    timelines: await ftgo.databases.rows('ftgo_order_history', 'SELECT * FROM order_timeline ORDER BY order_id, n'),
    restaurants: await Promise.all(
      ['ftgo_order', 'ftgo_kitchen', 'ftgo_delivery', 'ftgo_order_history'].map((name) =>
        ftgo.databases.rows(name, 'SELECT * FROM restaurants ORDER BY id'),
      ),
    ),
  });

  const erase = () => cli('consumer', 'erase', String(erased), '--reason', 'a request', '--yes');
  /** As the runbook lists them before a restore. */
  const erasedSince = async (point: string) =>
    JSON.parse(await cli('consumer', 'erasures', '--since', point, '--json')) as ReadonlyArray<{ consumerId: number }>;

  beforeAll(async () => {
    ftgo = await Ftgo.start();
    const backup = join(home(), 'backup');
    [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
    cancelled = await ftgo.placeOrder({ consumerId, restaurantId });
    await ftgo.untilApproved([cancelled]);
    inFlight = await ftgo.placeOrder({ consumerId, restaurantId });
    erased = await ftgo.aConsumer();
    await cli('backup', backup);

    const [{ point } = { point: new Date() }] = await ftgo.databases.rows<{ point: Date }>('ftgo_consumer', 'SELECT now() AS point');
    await erase();
    expect((await erasedSince(point.toISOString())).map(({ consumerId }) => consumerId)).toEqual([erased]);
    await setPrice('99.00');
    await ftgo.untilKnown('order-service', restaurantId, 2);
    lost = await ftgo.placeOrder({ consumerId, restaurantId });
    await succeeded(call('POST', ftgo.url('api-gateway', `/orders/${cancelled}/cancel`), {}));
    await ftgo.untilApproved([inFlight, lost]);
    await eventually(async () => expect((await history(cancelled)).map(({ event }) => event)).toContain('OrderCancelled'));
    const before = await sent();

    await ftgo.system.crash();
    await cli('restore', 'databases', backup, '--yes');
    rmSync(backup, { recursive: true });
    await ftgo.system.restart();
    const after = new Set(await sent());
    lostMessages.push(...before.filter((id) => !after.has(id)));
  }, 240_000);
  afterAll(() => ftgo?.close());

  it('finishes what was in flight, and has forgotten what came later', async () => {
    expect(lostMessages.length).toBeGreaterThan(10);
    await ftgo.untilApproved([cancelled, inFlight]);
    expect((await call('GET', ftgo.url('order-service', `/orders/${lost}`))).status).toBe(404);
    expect((await ftgo.untilKnown('order-service', restaurantId)).menu.menuItems[0]?.price).toBe(vindaloo.price);
  });

  it('has the name of a consumer who was erased in the lost time, until an operator erases it again', async () => {
    const consumer = () => call('GET', ftgo.url('consumer-service', `/consumers/${erased}`));
    expect((await consumer()).status).toBe(200);
    await erase();
    expect((await consumer()).status).toBe(404);
  });

  it('issues the same ids and sequences again, and every service applies the new events', async () => {
    await setPrice('20.00');
    const services = ['order-service', 'kitchen-service'];
    for (const name of services) expect((await ftgo.untilKnown(name, restaurantId, 2)).menu.menuItems[0]?.price).toBe('20.00');
    next = await ftgo.placeOrder({ consumerId, restaurantId, lineItems: [{ menuItemId: '1', quantity: 2 }] });
    expect(next).toBe(lost);
    await ftgo.untilApproved([next]);
    expect((await ftgo.order(next)).orderTotal).toBe('40.00');
    expect(await invariants(ftgo)).toEqual([]);
  });

  it('has no event of the lost time in any view or replica, even when they are rebuilt from the topics', async () => {
    const before = await derived();
    await cli('view', 'rebuild');
    for (const name of ['order-service', 'kitchen-service', 'delivery-service'])
      await cli('replica', 'rebuild', name, 'restaurants', '--reason', 'after a restore');
    expect(await derived()).toEqual(before);
    const events = await Promise.all([cancelled, inFlight, next].map(history));
    expect(events.flat().filter(({ event_id }) => lostMessages.includes(event_id))).toEqual([]);
    expect(events[0]?.map(({ event }) => event)).not.toContain('OrderCancelled');
    expect(await invariants(ftgo)).toEqual([]);
  });
});
