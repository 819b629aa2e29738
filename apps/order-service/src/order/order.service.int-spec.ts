import type { OrderId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { memoryBroker } from '@ftgo/messaging/broker';
import { createService, Database, idempotencyKey } from '@ftgo/platform';
import { RestaurantReplica } from '@ftgo/restaurant-replica';
import type { TestDatabase } from '@ftgo/testing';
import { serviceConfig } from '@ftgo/testing/services';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { orderDatabase } from '../../test/order.database.js';
import { anOrder } from '../../test/order.mother.js';
import { ajanta, ajantaId, vindaloo } from '../../test/restaurant.mother.js';
import { AppModule, service } from '../app.module.js';
import { OrderSagaSteps } from './order.saga-steps.js';
import { OrderService } from './order.service.js';

describe('the order service', () => {
  let testDatabase: TestDatabase;
  let app: Awaited<ReturnType<typeof createService>>;
  let orders: OrderService;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await orderDatabase();
    const module = AppModule.forRoot({ ...serviceConfig(testDatabase.url), sagaStepDeadlineMs: 120_000 }, memoryBroker());
    app = await createService(module, { name: service, logLevel: 'silent' });
    await app.init();
    [orders, database] = [app.get(OrderService), app.get(Database)];
    const { restaurantName: name, items: menuItems } = ajanta();
    const restaurants: RestaurantReplica<'name' | 'menuItems' | 'orderMinimum'> = app.get(RestaurantReplica);
    await restaurants.replace({ id: ajantaId, name, menuItems, orderMinimum: Money.zero, sequence: 4 });
  });

  afterAll(async () => {
    await app?.close();
    await testDatabase?.drop();
  });

  beforeEach(() => database.query('TRUNCATE orders, saga_instance, outbox, idempotency_key CASCADE'));

  const stored = async () => ({
    orders: (await database.query('SELECT state FROM orders')).length,
    sagas: await database.query('SELECT saga, step, status FROM saga_instance'),
    messages: (await database.query<{ type: string }>('SELECT type FROM outbox ORDER BY position')).map(({ type }) => type),
  });

  describe('creating an order', () => {
    it('stores nothing when its transaction is rolled back', async () => {
      const given = app.get(Transactions).run(async () => {
        await orders.createOrder(anOrder());
        throw new Error('power cut');
      });
      await expect(given).rejects.toThrow('power cut');
      expect(await stored()).toEqual({ orders: 0, sagas: [], messages: [] });
    });

    it('stores nothing when the order is rejected', async () => {
      const rejected = orders.createOrder(anOrder({ lineItems: [{ menuItemId: '99', quantity: 1 }] }));
      await expect(rejected).rejects.toMatchObject({ code: 'MENU_ITEM_NOT_OFFERED' });
      expect(await stored()).toEqual({ orders: 0, sagas: [], messages: [] });
    });

    it('stores the order, its event, its saga and the first command together', async () => {
      await orders.createOrder(anOrder());
      expect(await stored()).toEqual({
        orders: 1,
        sagas: [{ saga: 'create-order', step: 'validate consumer', status: 'RUNNING' }],
        messages: ['ftgo.order.v1.OrderCreated', 'ftgo.consumer.v1.ValidateOrderByConsumer'],
      });
    });

    it('creates one order and one saga for concurrent requests with the same Idempotency-Key', async () => {
      const request = () => idempotencyKey.run('one-order', () => orders.createOrder(anOrder()));
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, request));
      const id = await request();
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') expect(outcome.value).toBe(id);
        else expect(outcome.reason).toMatchObject({ code: 'REQUEST_IN_PROGRESS' });
      }
      expect(await stored()).toMatchObject({ orders: 1, sagas: [{ saga: 'create-order' }] });
    });
  });

  describe('an approved order', () => {
    const twice = [{ menuItemId: vindaloo, quantity: 10 }];
    const approved = async (): Promise<OrderId> => {
      const id = await orders.createOrder(anOrder());
      await app.get(OrderSagaSteps).approve(id);
      await database.query('TRUNCATE saga_instance, outbox CASCADE');
      return id;
    };

    it('returns CANCEL_PENDING when its cancellation begins, and stores the saga and its first command', async () => {
      expect(await orders.cancelOrder(await approved())).toMatchObject({ state: 'CANCEL_PENDING', version: 3 });
      expect(await stored()).toEqual({
        orders: 1,
        sagas: [{ saga: 'cancel-order', step: 'begin cancel ticket', status: 'RUNNING' }],
        messages: ['ftgo.order.v1.OrderCancelRequested', 'ftgo.kitchen.v1.BeginCancelTicket'],
      });
    });

    it('keeps its lines and total when its revision begins', async () => {
      const order = await orders.reviseOrder(await approved(), twice);
      expect(order).toMatchObject({ state: 'REVISION_PENDING', orderTotal: Money.of('61.70'), lineItems: [{ quantity: 5 }] });
      expect(await stored()).toEqual({
        orders: 1,
        sagas: [{ saga: 'revise-order', step: 'begin revise ticket', status: 'RUNNING' }],
        messages: ['ftgo.order.v1.OrderRevisionProposed', 'ftgo.kitchen.v1.BeginReviseTicket'],
      });
    });

    it('is either cancelled or revised when both are requested concurrently', async () => {
      const ids: OrderId[] = [];
      for (let i = 0; i < 8; i++) ids.push(await approved());
      const races = ids.map(async (id, i) => {
        const asked = [() => orders.cancelOrder(id), () => orders.reviseOrder(id, twice)];
        const outcomes = await Promise.allSettled((i % 2 ? asked : asked.toReversed()).map((ask) => ask()));
        const [won, lost] = [outcomes.find(({ status }) => status === 'fulfilled'), outcomes.find(({ status }) => status === 'rejected')];
        expect(won).toMatchObject({ value: { orderId: id, state: expect.stringMatching(/^(CANCEL|REVISION)_PENDING$/) as string } });
        expect(lost).toMatchObject({ reason: { code: 'ILLEGAL_TRANSITION', kind: 'conflict' } });
      });
      await Promise.all(races);
      const { sagas, messages } = await stored();
      expect([sagas.length, messages.length]).toEqual([8, 16]);
    });

    it('stays unchanged when the revision breaks a rule', async () => {
      const id = await approved();
      await expect(orders.reviseOrder(id, [{ menuItemId: '99', quantity: 1 }])).rejects.toMatchObject({ code: 'MENU_ITEM_NOT_OFFERED' });
      expect(await stored()).toEqual({ orders: 1, sagas: [], messages: [] });
    });
  });
});
