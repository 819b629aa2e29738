import { eventually, type RunningSystem } from '@ftgo/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ftgo } from './ftgo.js';
import { whileOrdersCome } from './while-orders-come.js';

let ftgo: Ftgo<RunningSystem>;
let consumers: number[];
let restaurants: number[];

beforeAll(async () => {
  ftgo = await Ftgo.open();
  consumers = await ftgo.consumers(10);
  restaurants = await Promise.all([ftgo.aRestaurant(), ftgo.aRestaurant()]);
}, 180_000);

afterAll(() => ftgo?.close());

/** Called before the next process is killed, so that the rest of the system is intact at each kill. */
const untilAllReady = () =>
  eventually(
    async () => {
      const apps = Object.keys(ftgo.system.urls);
      const isReady = await Promise.all(apps.map((app) => ftgo.isReady(app)));
      expect(apps.filter((_, i) => !isReady[i])).toEqual([]);
    },
    { timeoutMs: 240_000, intervalMs: 500 },
  );

test('each process in turn dies during a stream of orders and is restarted: nothing is lost or duplicated', async () => {
  await whileOrdersCome(ftgo, { consumers, restaurants, perSecond: 10 }, async (orders) => {
    for (const name of await ftgo.system.processes()) {
      await ftgo.system.kill(name);
      await orders.more(10, 120_000);
      await untilAllReady();
    }
  });
}, 1_800_000);
