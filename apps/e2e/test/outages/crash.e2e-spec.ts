import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CrashPoints } from '../crash/crash-points.js';
import { Ftgo } from '../ftgo.js';
import { OrderStream } from '../order-stream.js';
import { expectAllApproved, whileOrdersCome } from '../while-orders-come.js';

let ftgo: Ftgo;
let consumers: number[];
let restaurants: number[];
const crashPoints = new CrashPoints();

beforeAll(async () => {
  ftgo = await Ftgo.start({ env: crashPoints.environment });
  consumers = await ftgo.consumers(20);
  restaurants = await Promise.all([ftgo.aRestaurant(), ftgo.aRestaurant(), ftgo.aRestaurant()]);
}, 120_000);

afterAll(async () => {
  await ftgo?.close();
  crashPoints.close();
});

const duringOrders = (fault: (orders: OrderStream) => Promise<void>) => whileOrdersCome(ftgo, { consumers, restaurants }, fault);

/** Stops a process (SIGSTOP) while `work` runs. */
async function whilePaused(name: string, work: () => Promise<void>): Promise<void> {
  const pid = (await ftgo.system.ps()).find((process) => process.name === name)?.pid as number;
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Makes the broker accept no message while `work` runs. */
async function whileBrokerHesitates(work: () => Promise<void>): Promise<void> {
  const { broker } = ftgo.system;
  if (broker.kind === 'kafka') return whilePaused('kafka', work);
  const client = new Client({ connectionString: broker.url });
  await client.connect();
  try {
    await client.query('BEGIN; LOCK TABLE broker.partition IN EXCLUSIVE MODE');
    await work();
  } finally {
    await client.end();
  }
}

test('the relay is killed several times while messages are in flight: nothing is lost or duplicated', () =>
  duringOrders(async (orders) => {
    for (let round = 0; round < 3; round++) {
      await whileBrokerHesitates(async () => {
        await orders.more(10);
        await ftgo.system.kill('outbox-relay');
      });
      await orders.more(10);
    }
  }));

/** Kills a process when it reaches a step for the n-th time; resolves when it is ready again. */
async function crashAt(app: string, channel: string, nth = 5): Promise<void> {
  expect(await crashPoints.kill(ftgo.system, { app, channel, nth })).toBe(true);
  await ftgo.untilReady(app);
}

/** Processes die at the same time. The crash suite has every step in each process that announces it. */
const stepsTogether = [
  [
    ['order-service', 'messaging.inbox.handled'],
    ['kitchen-service', 'messaging.inbox.handled'],
    ['consumer-service', 'messaging.inbox.handled'],
    ['outbox-relay', 'messaging.relay.published'],
  ],
  [
    ['order-service', 'messaging.outbox.committed'],
    ['kitchen-service', 'messaging.consumer.offset-committed'],
    ['consumer-service', 'messaging.consumer.offset-committed'],
    ['outbox-relay', 'messaging.relay.acked'],
  ],
] as const;

test('services and the relay die at exact steps of a message’s path: nothing is lost or duplicated', () =>
  duringOrders(async () => {
    for (const steps of stepsTogether) await Promise.all(steps.map(([app, channel]) => crashAt(app, channel)));
  }));

describe('during a stream of orders', () => {
  test('Postgres dies twice, once until every process has noticed: every order with an id exists', () =>
    duringOrders(async (orders) => {
      await ftgo.system.kill('postgres');
      await orders.more(10);
      await ftgo.system.stop('postgres', { isHard: true });
      for (const app of ['order-service', 'kitchen-service', 'consumer-service']) await ftgo.untilHealth(app, 'down');
      await ftgo.system.start('postgres');
      await orders.more(10);
    }));

  test('everything dies at once, and is restarted with the same data: every order is approved', async () => {
    const orders = new OrderStream(ftgo, { consumers, restaurants });
    await orders.more(30);
    await ftgo.system.crash();
    const accepted = await orders.stop();
    await ftgo.system.restart();
    const later = await Promise.all(consumers.map((consumerId) => ftgo.placeOrder({ consumerId, restaurantId: restaurants[0] as number })));
    await expectAllApproved(ftgo, [...accepted, ...later]);
  });
});

describe('a second instance', () => {
  test('of the relay stands by and takes over when the first is killed, and nothing is lost', async () => {
    const standby = await ftgo.system.startSecond('outbox-relay');
    try {
      await duringOrders(async (orders) => {
        await ftgo.system.stop('outbox-relay', { isHard: true });
        await orders.more(20);
        await ftgo.untilApproved(orders.accepted.slice()); // with the second relay alone
        await ftgo.system.start('outbox-relay');
        await standby.kill();
        await orders.more(20);
      });
    } finally {
      await standby.stop();
    }
  });

  test('of the relay and of Kitchen takes over from one that hangs, which does no harm when it resumes', async () => {
    const others = await Promise.all(['outbox-relay', 'kitchen-service'].map((app) => ftgo.system.startSecond(app)));
    try {
      await duringOrders((orders) =>
        whilePaused('outbox-relay', () =>
          whilePaused('kitchen-service', async () => {
            await orders.more(20);
            await ftgo.untilApproved(orders.accepted.slice());
          }),
        ),
      );
    } finally {
      await Promise.all(others.map((other) => other.stop()));
    }
  });
});
