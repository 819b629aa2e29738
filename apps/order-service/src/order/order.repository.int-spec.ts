import { orderId } from '@ftgo/ftgo';
import { IllegalTransition } from '@ftgo/kernel';
import { NoTransaction, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { eventually, type TestDatabase } from '@ftgo/testing';
import type { TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderDatabase, ordersOn } from '../../test/order.database.js';
import { anOrder, now, OrderMother, refusal } from '../../test/order.mother.js';
import { ajanta, naan, vindaloo } from '../../test/restaurant.mother.js';
import { OrderNotFound } from './order.errors.js';
import { Order } from './order.js';
import { OrderQueries } from './order.queries.js';
import { OrderRepository } from './order.repository.js';
import type { OrderState } from './order-state.js';

describe('the order repository', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let orders: OrderRepository;
  let queries: OrderQueries;
  let transactions: Transactions;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await orderDatabase();
    module = await ordersOn(testDatabase);
    [orders, queries, transactions, database] = [
      module.get(OrderRepository),
      module.get(OrderQueries),
      module.get(Transactions),
      module.get(Database),
    ];
  });

  afterAll(async () => {
    await module?.close();
    await testDatabase?.drop();
  });

  const placed = () =>
    transactions.run(async () => {
      const [order, events] = Order.create(anOrder(), ajanta());
      await orders.save(order, events);
      return order;
    });

  const change = (id: Order['id'], act: (order: Order) => ReturnType<Order['approve']>) =>
    transactions.run(async () => {
      const order = await orders.getForUpdate(id);
      await orders.save(order, act(order));
    });

  it('assigns an id to a new order and publishes its creation without the address', async () => {
    const order = await placed();
    expect(order.id).toBeGreaterThan(0);
    const [message, ...others] = await database.query(
      'SELECT topic, type, subject, partition_key, source, sequence, payload FROM outbox WHERE subject = $1',
      [String(order.id)],
    );
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      topic: 'ftgo.order.events',
      type: 'ftgo.order.v1.OrderCreated',
      partition_key: String(order.id),
      source: `/order-service/orders/${order.id}`,
      sequence: '00000000000000000001',
    });
    expect(JSON.parse(String(message?.payload))).toMatchObject({
      consumerId: '1',
      restaurantName: 'Ajanta',
      orderTotal: { currencyCode: 'USD', minorUnits: '6170' },
      deliveryAddress: { street1: 'withheld', city: 'withheld', state: 'withheld', zip: 'withheld' },
      deliveryTime: '2026-11-30T19:30:00Z',
    });
  });

  it('numbers the events of an order without gaps', async () => {
    const { id } = await placed();
    await change(id, (order) => [...order.approve(), ...order.beginCancel()]);
    await change(id, (order) => order.undoCancel(refusal, now));
    const published = await database.query<{ type: string; sequence: string }>(
      'SELECT type, sequence FROM outbox WHERE subject = $1 ORDER BY sequence',
      [String(id)],
    );
    expect(published.map(({ type, sequence }) => [type.replace('ftgo.order.v1.', ''), Number(sequence)])).toEqual([
      ['OrderCreated', 1],
      ['OrderAuthorized', 2],
      ['OrderCancelRequested', 3],
      ['OrderCancelRejected', 4],
    ]);
    expect((await queries.get(id)).version).toBe(4);
  });

  it('restores what was stored', async () => {
    const { id } = await placed();
    await change(id, (order) => order.approve());
    await change(id, (order) => order.beginRevision([{ menuItemId: naan, quantity: 2 }], ajanta()));
    const pending = await transactions.run(() => orders.getForUpdate(id));
    expect(pending.proposal.total.toString()).toBe('66.70');

    await change(id, (order) => order.confirmRevision());
    await change(id, (order) => order.beginRevision([{ menuItemId: vindaloo, quantity: 1 }], ajanta()));
    await change(id, (order) => order.rejectRevision(refusal, now));
    const { lineItems, deliveryAddress, deliveryTime } = anOrder();
    expect(await queries.get(id)).toMatchObject({
      state: 'APPROVED',
      deliveryAddress,
      deliveryTime,
      lineItems: [...lineItems, { menuItemId: naan, name: 'Naan', quantity: 2 }],
      rejection: undefined,
      lastRefusal: { operation: 'revise', ...refusal, at: now },
    });
    const restored = await transactions.run(() => orders.getForUpdate(id));
    expect(() => restored.proposal).toThrow('no revision in progress');
  });

  it('makes the second of two concurrent updates wait and see the result of the first', async () => {
    const { id } = await placed();
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
    const first = transactions.run(async () => {
      const order = await orders.getForUpdate(id);
      locked();
      await mayCommit;
      await orders.save(order, order.approve());
    });
    await isLocked;
    const second = change(id, (order) => order.approve());
    const rejected = expect(second).rejects.toThrow(IllegalTransition);
    await eventually(async () => {
      const [waiting] = await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'`,
      );
      expect(waiting).toBeDefined();
    });
    commit();
    await first;
    await rejected;
    expect(await queries.get(id)).toMatchObject({ state: 'APPROVED', version: 2 });
  });

  it('rejects changes outside a transaction', async () => {
    const order = OrderMother.pending();
    await expect(orders.save(order, [{ kind: 'OrderAuthorized' }])).rejects.toThrow(NoTransaction);
    expect(order.id).toBeUndefined();
  });

  it('stores every state of an order', async () => {
    const states: OrderState[] = ['APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING'];
    for (const state of states) {
      const order = OrderMother.in(state);
      await transactions.run(() => orders.save(order, []));
      expect((await queries.get(order.id)).state).toBe(state);
    }
  });

  it('rejects an unknown order', async () => {
    await expect(queries.get(orderId(9_007_199_254_740_991))).rejects.toThrow(OrderNotFound);
    await expect(transactions.run(() => orders.getForUpdate(orderId(999_999)))).rejects.toThrow(OrderNotFound);
    expect(await queries.findAll([orderId(999_999)])).toEqual([]);
  });
});
