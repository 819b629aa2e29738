import { givenSystem } from '@ftgo/testing';
import { expect, test } from 'vitest';
import { Ftgo } from './ftgo.js';
import { whileOrdersCome } from './while-orders-come.js';

const reason = givenSystem()?.replace ? '' : ' (skipped: only a cluster balances over several instances; npm run test:kubernetes)';

test.skipIf(reason)(
  `a rolling restart of every app during a stream of orders fails no request and loses no order${reason}`,
  async () => {
    const ftgo = await Ftgo.open();
    const consumers = await ftgo.consumers(10);
    const restaurants = await Promise.all([ftgo.aRestaurant(), ftgo.aRestaurant()]);
    await whileOrdersCome(ftgo, { consumers, restaurants, perSecond: 5 }, async (orders) => {
      for (const app of Object.keys(ftgo.system.urls)) {
        await ftgo.system.replace?.(app);
        expect(orders.failureSummary, `while ${app} was replaced`).toBe('failures: {}');
      }
    });
  },
  1_800_000,
);
