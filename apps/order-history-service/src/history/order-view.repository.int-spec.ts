import { orderId } from '@ftgo/ftgo';
import { type Transaction, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, orderHistoryDatabase } from '../../test/order-history.database.js';
import { apply, type Happening } from './order-view.js';
import { OrderViewRepository } from './order-view.repository.js';

describe('the views of orders in their database', () => {
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
    await module.close();
    await testDatabase.drop();
  });

  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => orderId(from + i));
  const at = new Date('2026-11-30T18:00:00Z');
  const happening = (id: number, sequence: number): Happening => ({
    orderId: orderId(id),
    source: 'ticket',
    sequence,
    event: 'TicketAccepted',
    at,
    facts: {},
  });

  /** Applies each event to its order, and saves it. */
  const record = async (transaction: Transaction, events: readonly Happening[]) => {
    const locked = await views.lock(
      transaction,
      events.map((event) => event.orderId),
    );
    const after = events.map((event) => {
      const view = apply(locked.get(event.orderId) ?? expect.fail('it is not locked'), event);
      return view ?? expect.fail('it was heard before');
    });
    const entries = events.map((event, i) => ({
      ...event,
      n: after[i]?.timelineLength ?? 0,
      toldBy: 'played',
      eventId: 'played',
      details: {},
    }));
    await views.save(transaction, after, entries);
  };

  it('begin with the first event about an order, whoever tells it', async () => {
    const locked = await transactions.run((transaction) => views.lock(transaction, ids(1, 2)));
    const unknown = { transitions: {}, seen: {}, timelineLength: 0, deliveryStatus: 'PENDING' };
    expect([...locked.values()]).toMatchObject([
      { orderId: 1, ...unknown },
      { orderId: 2, ...unknown },
    ]);
  });

  it('are what was written', async () => {
    await transactions.run((transaction) => record(transaction, [happening(3, 1), happening(4, 1)]));
    const locked = await transactions.run((transaction) => views.lock(transaction, ids(3, 2)));
    expect(locked.get(orderId(4))).toEqual({
      orderId: 4,
      deliveryStatus: 'PENDING',
      transitions: { TicketAccepted: at },
      seen: { ticket: 1 },
      timelineLength: 1,
    });
  });

  it('wait for each other: of two who change one at once, none is lost', async () => {
    const sequences = Array.from({ length: 8 }, (_, i) => i);
    await Promise.all(
      sequences.map(() =>
        transactions.run(async (transaction) => {
          const seen = (await views.lock(transaction, [orderId(5)])).get(orderId(5))?.seen.ticket ?? 0;
          await record(transaction, [happening(5, seen + 1)]);
        }),
      ),
    );
    const timeline = await database.query<{ n: number; sequence: number }>(
      'SELECT n, sequence FROM order_timeline WHERE order_id = 5 ORDER BY n',
    );
    expect(timeline).toEqual(sequences.map((i) => ({ n: i + 1, sequence: i + 1 })));
  });

  it('are locked in one order, so that topics that tell of the same orders do not end in a deadlock', async () => {
    const all = ids(1_000, 200);
    const waysRound = [all, all.toReversed(), all.toSorted((a, b) => (a % 7) - (b % 7) || a - b), all.toReversed()];
    // The first round begins the views, the later ones find them.
    for (let round = 0; round < 3; round++) {
      await Promise.all(waysRound.map((order) => transactions.run((transaction) => views.lock(transaction, order))));
    }
    expect(await database.query('SELECT FROM order_view WHERE order_id >= 1000')).toHaveLength(all.length);
  });
});
