import { type TicketId, ticketId } from '@ftgo/ftgo';
import { IllegalTransition } from '@ftgo/kernel';
import { NoTransaction, Transactions } from '@ftgo/messaging';
import { Access, Database } from '@ftgo/platform';
import { eventually, type TestDatabase } from '@ftgo/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, kitchenDatabase } from '../../test/kitchen.database.js';
import { ajanta, ajantaId, inHalfAnHour, naan, now, TicketMother, vindaloo } from '../../test/ticket.mother.js';
import { TicketNotFound } from './ticket.errors.js';
import { Ticket, type TicketEvent } from './ticket.js';
import { TicketQueries } from './ticket.queries.js';
import { TicketRepository } from './ticket.repository.js';
import { ticketStates } from './ticket-state.js';

describe('the ticket repository', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let tickets: TicketRepository;
  let queries: TicketQueries;
  let transactions: Transactions;
  let database: Database;
  let lastId = 0;

  beforeAll(async () => {
    testDatabase = await kitchenDatabase();
    module = await Test.createTestingModule({
      imports: [databaseModule(testDatabase)],
      providers: [TicketRepository, TicketQueries, { provide: Access, useValue: new Access(false) }],
    }).compile();
    [tickets, queries, transactions, database] = [
      module.get(TicketRepository),
      module.get(TicketQueries),
      module.get(Transactions),
      module.get(Database),
    ];
  });

  afterAll(async () => {
    await module?.close();
    await testDatabase?.drop();
  });

  const added = async (): Promise<TicketId> => {
    const ticket = Ticket.create(ticketId(++lastId), [vindaloo], ajanta, now);
    await transactions.run(() => tickets.add(ticket));
    return ticket.id;
  };

  const change = (id: TicketId, act: (ticket: Ticket) => TicketEvent[]) =>
    transactions.run(async () => {
      const ticket = await tickets.getForUpdate(id);
      await tickets.save(ticket, act(ticket));
    });

  it('publishes a ticket when it is confirmed, not before', async () => {
    const id = await added();
    const published = () => database.query('SELECT topic, type, source, sequence, payload FROM outbox WHERE subject = $1', [String(id)]);
    expect(await published()).toEqual([]);
    await change(id, (ticket) => ticket.confirmCreate());
    const [message] = await published();
    expect(message).toMatchObject({
      topic: 'ftgo.kitchen.events',
      type: 'ftgo.kitchen.v1.TicketCreated',
      source: `/kitchen-service/tickets/${id}`,
      sequence: '00000000000000000001',
    });
    expect(JSON.parse(String(message?.payload))).toEqual({ restaurantId: '1', lineItems: [vindaloo] });
  });

  it('restores what was stored', async () => {
    const id = await added();
    await change(id, (ticket) => ticket.confirmCreate());
    await change(id, (ticket) => ticket.accept(inHalfAnHour, now));
    await change(id, (ticket) => ticket.beginRevise([naan]));
    expect((await queries.get(id)).lineItems).toEqual([vindaloo]);
    await change(id, (ticket) => ticket.confirmRevise());
    expect(await queries.get(id)).toEqual({
      ticketId: id,
      restaurantId: ajantaId,
      state: 'ACCEPTED',
      lineItems: [naan],
      readyBy: inHalfAnHour,
      createdAt: now,
      acceptedAt: now,
    });
    await change(id, (ticket) => ticket.beginCancel());
    await change(id, (ticket) => ticket.undoCancel());
    expect((await queries.get(id)).state).toBe('ACCEPTED');
  });

  it('never overwrites the ticket of an order', async () => {
    const id = await added();
    await change(id, (ticket) => ticket.confirmCreate());
    const again = Ticket.create(id, [naan], ajanta, now);
    await expect(transactions.run(() => tickets.add(again))).rejects.toThrow('duplicate key');
    expect(await queries.get(id)).toMatchObject({ state: 'AWAITING_ACCEPTANCE', lineItems: [vindaloo] });
  });

  it('makes the second of two concurrent updates wait and see the result of the first', async () => {
    const id = await added();
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
    const first = transactions.run(async () => {
      const ticket = await tickets.getForUpdate(id);
      locked();
      await mayCommit;
      await tickets.save(ticket, ticket.cancelCreate());
    });
    await isLocked;
    const rejected = expect(change(id, (ticket) => ticket.confirmCreate())).rejects.toThrow(IllegalTransition);
    await eventually(async () => {
      const [waiting] = await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'`,
      );
      expect(waiting).toBeDefined();
    });
    commit();
    await first;
    await rejected;
    expect((await queries.get(id)).state).toBe('CREATION_CANCELLED');
  });

  it('rejects changes outside a transaction', async () => {
    const id = await added();
    await expect(tickets.add(TicketMother.in('CREATE_PENDING'))).rejects.toThrow(NoTransaction);
    const ticket = await transactions.run(() => tickets.getForUpdate(id));
    await expect(tickets.save(ticket, ticket.confirmCreate())).rejects.toThrow(NoTransaction);
    expect((await queries.get(id)).state).toBe('CREATE_PENDING');
  });

  it('rejects an unknown ticket', async () => {
    await expect(queries.get(ticketId(9_007_199_254_740_991))).rejects.toThrow(TicketNotFound);
    await expect(transactions.run(() => tickets.getForUpdate(ticketId(999_999)))).rejects.toThrow(TicketNotFound);
  });

  it('finds the tickets of a restaurant by their state, newest first', async () => {
    const [older, newer] = [await added(), await added()];
    await transactions.run(() => database.query('UPDATE tickets SET restaurant_id = 77 WHERE id = ANY ($1)', [[older, newer]]));
    const restaurantId = 77 as typeof ajantaId;
    const found = async (filter: Parameters<TicketQueries['find']>[0]) =>
      (await queries.find(filter, { after: undefined, size: 100 })).tickets.map(({ ticketId }) => ticketId);
    expect(await found({ restaurantId })).toEqual([newer, older]);
    await change(older, (ticket) => ticket.confirmCreate());
    expect(await found({ restaurantId, state: 'AWAITING_ACCEPTANCE' })).toEqual([older]);
    expect(await found({ restaurantId, state: 'PICKED_UP' })).toEqual([]);
    expect((await found({})).length).toBeGreaterThan(2);
  });

  it('stores every state of a ticket', async () => {
    await transactions.run(() =>
      database.query(
        `INSERT INTO tickets (id, restaurant_id, state, line_items, created_at, version)
         SELECT 1000000 + n, 1, state, '[]', now(), 0 FROM unnest($1::text[]) WITH ORDINALITY AS s(state, n)`,
        [ticketStates],
      ),
    );
    expect(await queries.findAll([ticketId(1_000_001)])).toHaveLength(1);
  });
});
