import { Money } from '@ftgo/kernel';
import { memoryBroker, Transactions } from '@ftgo/messaging';
import { createService, Database } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderDatabase } from '../../test/order.database.js';
import { anOrder } from '../../test/order.mother.js';
import { ajanta, ajantaId } from '../../test/restaurant.mother.js';
import { AppModule, service } from '../app.module.js';
import { RestaurantRepository } from '../restaurant/restaurant.repository.js';
import { OrderService } from './order.service.js';

describe('creating an order', () => {
  let testDatabase: TestDatabase;
  let app: Awaited<ReturnType<typeof createService>>;
  let orders: OrderService;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await orderDatabase();
    const config = {
      httpPort: 0,
      httpHost: '127.0.0.1',
      logLevel: 'silent',
      grpcPort: 0,
      kafkaBrokers: [],
      sagaStepDeadlineMs: 120_000,
    } as const;
    const module = AppModule.forRoot({ ...config, kafkaBrokers: [], databaseUrl: testDatabase.url }, memoryBroker());
    app = await createService(module, { name: service, logLevel: 'silent' });
    await app.init();
    [orders, database] = [app.get(OrderService), app.get(Database)];
    const { restaurantName: name, items: menuItems } = ajanta();
    await app.get(RestaurantRepository).replace({ id: ajantaId, name, menuItems, orderMinimum: Money.zero, sequence: 4 });
  });

  afterAll(async () => {
    await app.close();
    await testDatabase.drop();
  });

  const stored = async () => ({
    orders: (await database.query('SELECT state FROM orders')).length,
    sagas: await database.query('SELECT saga, step, status FROM saga_instance'),
    messages: (await database.query<{ type: string }>('SELECT type FROM outbox ORDER BY position')).map(({ type }) => type),
  });

  it('leaves nothing behind when its transaction does not commit', async () => {
    const given = app.get(Transactions).run(async () => {
      await orders.createOrder(anOrder());
      throw new Error('power cut');
    });
    await expect(given).rejects.toThrow('power cut');
    expect(await stored()).toEqual({ orders: 0, sagas: [], messages: [] });
  });

  it('leaves nothing behind when the order is refused', async () => {
    const refused = orders.createOrder(anOrder({ lineItems: [{ menuItemId: '99', quantity: 1 }] }));
    await expect(refused).rejects.toMatchObject({ code: 'MENU_ITEM_NOT_OFFERED' });
    expect(await stored()).toEqual({ orders: 0, sagas: [], messages: [] });
  });

  it('stores the order, what happened, its saga and the first command together', async () => {
    await orders.createOrder(anOrder());
    expect(await stored()).toEqual({
      orders: 1,
      sagas: [{ saga: 'create-order', step: 'validate consumer', status: 'RUNNING' }],
      messages: ['ftgo.order.v1.OrderCreated', 'ftgo.consumer.v1.ValidateOrderByConsumer'],
    });
  });
});
