import { orderId } from '@ftgo/ftgo';
import { type Transaction, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, orderHistoryDatabase } from '../../test/order-history.database.js';
import { apply, type HistoryEvent } from './order-view.js';
import { OrderViewRepository } from './order-view.repository.js';

describe('stored views of orders', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let transactions: Transactions;
  let views: OrderViewRepository;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await orderHistoryDatabase();
    module = await Test.createTestingModule({ imports: [databaseModule(testDatabase)], providers: [OrderViewRepository] }).compile();
    [transactions, views, database] = [module.get(Transactions), module.get(OrderViewRepository), module.get(Database)];
  });
  afterAll(async () => {
    await module?.close();
    await testDatabase?.drop();
  });

  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => orderId(from + i));
  const at = new Date('2026-11-30T18:00:00Z');
  const anEvent = (id: number, sequence: number): HistoryEvent => ({
    orderId: orderId(id),
    source: 'ticket',
    sequence,
    event: 'TicketAccepted',
    at,
    facts: {},
  });

  /** Applies each event to its order, and saves it. */
  const record = async (transaction: Transaction, events: readonly HistoryEvent[]) => {
    const locked = await views.lock(
      transaction,
      events.map((event) => event.orderId),
    );
    const after = events.map((event) => {
      const view = apply(locked.get(event.orderId) ?? expect.fail('the view is not locked'), event);
      return view ?? expect.fail('the event is a duplicate');
    });
    const entries = events.map((event, i) => ({
      ...event,
      n: after[i]?.timelineLength ?? 0,
      publisher: 'played',
      eventId: 'played',
      details: {},
      actor: null,
    }));
    await views.save(transaction, after, entries);
  };

  it('begin with the first event about an order, whichever service publishes it', async () => {
    const locked = await transactions.run((transaction) => views.lock(transaction, ids(1, 2)));
    const unknown = { transitions: {}, seen: {}, timelineLength: 0, deliveryStatus: 'PENDING' };
    expect([...locked.values()]).toMatchObject([
      { orderId: 1, ...unknown },
      { orderId: 2, ...unknown },
    ]);
  });

  it('are restored as written', async () => {
    await transactions.run((transaction) => record(transaction, [anEvent(3, 1), anEvent(4, 1)]));
    const locked = await transactions.run((transaction) => views.lock(transaction, ids(3, 2)));
    expect(locked.get(orderId(4))).toEqual({
      orderId: 4,
      deliveryStatus: 'PENDING',
      transitions: { TicketAccepted: at },
      seen: { ticket: 1 },
      timelineLength: 1,
    });
  });

  it('are serialized: neither of two concurrent changes is lost', async () => {
    const sequences = Array.from({ length: 8 }, (_, i) => i);
    await Promise.all(
      sequences.map(() =>
        transactions.run(async (transaction) => {
          const seen = (await views.lock(transaction, [orderId(5)])).get(orderId(5))?.seen.ticket ?? 0;
          await record(transaction, [anEvent(5, seen + 1)]);
        }),
      ),
    );
    const timeline = await database.query<{ n: number; sequence: number }>(
      'SELECT n, sequence FROM order_timeline WHERE order_id = 5 ORDER BY n',
    );
    expect(timeline).toEqual(sequences.map((i) => ({ n: i + 1, sequence: i + 1 })));
  });

  it('are locked in the same sequence, so that topics about the same orders do not deadlock', async () => {
    const all = ids(1_000, 200);
    const waysRound = [all, all.toReversed(), all.toSorted((a, b) => (a % 7) - (b % 7) || a - b), all.toReversed()];
    // The first round creates the views; later ones find them.
    for (let round = 0; round < 3; round++) {
      await Promise.all(waysRound.map((order) => transactions.run((transaction) => views.lock(transaction, order))));
    }
    expect(await database.query('SELECT FROM order_view WHERE order_id >= 1000')).toHaveLength(all.length);
  });
});
