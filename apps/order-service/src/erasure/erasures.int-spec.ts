import { type ConsumerId, consumerId, type OrderId } from '@ftgo/ftgo';
import { Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { eventually, type TestDatabase } from '@ftgo/testing';
import type { TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderDatabase, ordersOn } from '../../test/order.database.js';
import { anOrder, refusal } from '../../test/order.mother.js';
import { ajanta } from '../../test/restaurant.mother.js';
import { Order, type OrderEvent } from '../order/order.js';
import { OrderQueries } from '../order/order.queries.js';
import { OrderRepository } from '../order/order.repository.js';
import { Erasures } from './erasures.js';

const { deliveryAddress: home } = anOrder();
const erased = { street1: 'erased', city: 'erased', state: 'erased', zip: 'erased' };

describe('after a consumer was erased, the address of an order', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let erasures: Erasures;
  let transactions: Transactions;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await orderDatabase();
    module = await ordersOn(testDatabase);
    [erasures, transactions, database] = [module.get(Erasures), module.get(Transactions), module.get(Database)];
  });
  afterAll(async () => {
    await module?.close();
    await testDatabase?.drop();
  });

  let last = 0;
  const newConsumer = (): ConsumerId => consumerId(++last);
  const placedBy = (consumer: ConsumerId): Promise<OrderId> =>
    transactions.run(async () => {
      const [order, events] = Order.create({ ...anOrder(), consumerId: consumer }, ajanta());
      await module.get(OrderRepository).save(order, events);
      return order.id;
    });
  const change = (id: OrderId, act: (order: Order) => OrderEvent[]) =>
    transactions.run(async () => {
      const order = await module.get(OrderRepository).getForUpdate(id);
      await module.get(OrderRepository).save(order, act(order));
    });
  const approve = (id: OrderId) => change(id, (order) => order.approve());
  const reject = (id: OrderId) => change(id, (order) => order.reject(refusal));
  const addressOf = async (id: OrderId) => (await module.get(OrderQueries).get(id)).deliveryAddress;
  const erase = (consumer: ConsumerId) => transactions.run(() => erasures.eraseConsumer(consumer));
  const deliver = (id: OrderId) => transactions.run(() => erasures.noteDelivered(id));

  it('that was rejected or delivered is erased, and that of others is kept', async () => {
    const consumer = newConsumer();
    const [rejected, delivered, approved, foreign] = [
      await placedBy(consumer),
      await placedBy(consumer),
      await placedBy(consumer),
      await placedBy(newConsumer()),
    ];
    await reject(rejected);
    await approve(delivered);
    await deliver(delivered);
    await approve(approved);
    await reject(foreign);
    for (const _ of ['once', 'again']) await erase(consumer);
    expect(await Promise.all([rejected, delivered, approved, foreign].map(addressOf))).toEqual([erased, erased, home, home]);
  });

  it('in progress is erased once it is delivered, cancelled or rejected', async () => {
    const consumer = newConsumer();
    const [delivered, cancelled, rejected] = [await placedBy(consumer), await placedBy(consumer), await placedBy(consumer)];
    await approve(delivered);
    await approve(cancelled);
    await erase(consumer);
    await change(cancelled, (order) => order.beginCancel());
    expect(await Promise.all([delivered, cancelled, rejected].map(addressOf))).toEqual([home, home, home]);
    await deliver(delivered);
    await change(cancelled, (order) => order.confirmCancel());
    await reject(rejected);
    expect(await Promise.all([delivered, cancelled, rejected].map(addressOf))).toEqual([erased, erased, erased]);
  });

  const oneWaits = () =>
    eventually(async () => {
      const waiting = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%orders%'`,
      );
      expect(waiting).toHaveLength(1);
    });

  it.each([
    ['rejected', reject],
    ['delivered', deliver],
  ] as const)('that is %s at the same moment is erased, whichever commits first', async (_, end) => {
    for (const isErasedFirst of [true, false]) {
      const consumer = newConsumer();
      const order = await placedBy(consumer);
      const acts = [() => erase(consumer), () => end(order)] as const;
      const [first, second] = isErasedFirst ? acts : [acts[1], acts[0]];
      const [done, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const one = transactions.run(async () => {
        await first();
        done.resolve();
        await mayCommit.promise;
      });
      await Promise.race([done.promise, one]);
      const other = second();
      await oneWaits();
      mayCommit.resolve();
      await Promise.all([one, other]);
      expect(await addressOf(order)).toEqual(erased);
    }
  });
});
