import { setTimeout as pause } from 'node:timers/promises';
import { becauseNoKafka, eventually, noKafka, type RunningSystem } from '@ftgo/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ftgo } from './ftgo.js';

/** The services that consume. restaurant-service consumes nothing and publishes nothing here, so it does not depend on Kafka. */
const consumers = [
  'accounting-service',
  'consumer-service',
  'delivery-service',
  'kitchen-service',
  'order-history-service',
  'order-service',
];
/** Three readiness probes of a pod, two seconds apart, and some more. */
const probesGiveUpAfterMs = 10_000;
const patience = { timeoutMs: 120_000, intervalMs: 500 };
let ftgo: Ftgo<RunningSystem>;

beforeAll(async () => {
  if (!noKafka) ftgo = await Ftgo.open();
}, 180_000);

afterAll(() => ftgo?.close());

const untilItSays = (app: string, expected: object) =>
  eventually(async () => expect([app, await ftgo.health(app)]).toMatchObject([app, expected]), patience);
const cause = expect.any(String) as unknown;

const what = 'while Kafka is stopped, orders are accepted and every service serves and reports the fault; afterwards every order ends';

test.skipIf(noKafka)(
  `${what}${becauseNoKafka}`,
  async () => {
    const [consumerId, restaurantId] = [await ftgo.aConsumer(), await ftgo.aRestaurant()];
    await ftgo.untilApproved([await ftgo.placeOrder({ consumerId, restaurantId })]);
    const orders: number[] = [];
    const place = async () => void orders.push(await ftgo.placeOrder({ consumerId, restaurantId }));
    await ftgo.system.stop('kafka');
    try {
      await place();
      await Promise.all(consumers.map((app) => untilItSays(app, { status: 'degraded', degraded: { messaging: cause } })));
      await untilItSays('order-service', { degraded: { messaging: cause, outbox: cause } });
      // A pod whose probes fail for this long is removed from its Service.
      for (const end = performance.now() + probesGiveUpAfterMs; performance.now() < end; await pause(500)) await place();
      for (const app of consumers) expect([app, await ftgo.health(app)]).toMatchObject([app, { status: 'degraded' }]);
      // A service that starts now serves requests too.
      await ftgo.system.kill('order-service');
      await eventually(place, patience);
      await untilItSays('order-service', { status: 'degraded', degraded: { messaging: cause } });
      await untilItSays('restaurant-service', { status: 'up' });
      await untilItSays('api-gateway', { status: 'degraded', degraded: { 'live tracking': cause } });
    } finally {
      await ftgo.system.start('kafka');
    }
    await Promise.all([...consumers, 'restaurant-service', 'api-gateway', 'outbox-relay'].map((app) => untilItSays(app, { status: 'up' })));
    await ftgo.untilApproved(orders);
  },
  600_000,
);
