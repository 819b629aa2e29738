import { readTopics, writeRecords } from '@ftgo/testing';
import { afterAll, expect, test } from 'vitest';
import { Ftgo } from './ftgo.js';
import { invariants } from './invariants.js';
import { placeOf } from './place.js';

let ftgo: Ftgo;

afterAll(() => ftgo?.close());

/** Of commands, of events, and of replies. */
const topics = ['ftgo.consumer.commands', 'ftgo.kitchen.commands', 'ftgo.restaurant.events', 'ftgo.order.create-order-saga.replies'];
/** More than there are partitions, so that these orders pass every record. */
const orders = 12;

test('the effect of a message is not repeated when every message is redelivered', async () => {
  ftgo = await Ftgo.shared();
  const restaurantId = await ftgo.aRestaurant();
  const approved = async () => {
    const consumers = await ftgo.consumers(orders);
    await ftgo.untilApproved(await Promise.all(consumers.map((consumerId) => ftgo.placeOrder({ consumerId, restaurantId }))));
    expect(await invariants(ftgo)).toEqual([]);
  };
  await approved();
  const before = await ftgo.databases.counts();
  const planted = new Set(ftgo.planted.map(placeOf));
  const genuine = (await readTopics(ftgo.system.broker, topics)).filter((record) => !planted.has(placeOf(record)));
  expect(genuine.length).toBeGreaterThan(orders);
  const again = genuine.map(({ headers, ...record }) => ({ ...record, headers: Object.fromEntries(headers) }));
  ftgo.planted.push(...(await writeRecords(ftgo.system.broker, again)));
  await approved(); // so all of them were handled
  const after = await ftgo.databases.counts();
  const deadLettersIn = Object.keys(before).filter((table) => table.endsWith('dead_letter'));
  expect(deadLettersIn.map((table) => after[table])).toEqual(deadLettersIn.map((table) => before[table]));
});
