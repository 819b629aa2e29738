import {
  actingAs,
  ConcurrentUpdate,
  messageContext,
  messagingSchema,
  NoTransaction,
  Outbox,
  PgSessions,
  Transactions,
} from '@ftgo/messaging';
import { testDatabase, uniqueName } from '@ftgo/testing';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventSourcedRepository, EventStore, eventActorSchema, eventSourcingSchema, retryingConflicts } from '../src/index.js';
import { applyTo, deposited, emptied, emptyJar, type Jar, type JarEvent, jars } from './jar.js';

describe('event-sourced aggregates', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let pool: pg.Pool;
  let transactions: Transactions;
  let store: EventStore;
  let repository: EventSourcedRepository<Jar, JarEvent>;

  beforeAll(async () => {
    database = await testDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 8 });
    for (const statement of [...messagingSchema('ftgo_relay'), ...eventSourcingSchema(), ...eventActorSchema()])
      await pool.query(statement);
    transactions = new Transactions(new PgSessions(pool));
    store = new EventStore(transactions);
    repository = new EventSourcedRepository(jars, store, new Outbox(transactions));
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const newJar = () => uniqueName('jar');
  const save = (jar: Jar, ...events: JarEvent[]) => transactions.run(() => repository.save(jar, events));
  const add = async (id: string, ...events: JarEvent[]) => save(await repository.load(id), ...events);
  const snapshot = async (id: string) =>
    (await pool.query<{ version: number }>('SELECT version FROM stream_snapshot WHERE stream_id = $1', [id])).rows[0]?.version;

  it('are built from their events', async () => {
    const id = newJar();
    expect(await repository.load(id)).toEqual(emptyJar(id));
    expect(await add(id, deposited(100), deposited(50))).toEqual({ id, version: 2, cents: 150 });
    await add(id, emptied);
    expect(await repository.load(id)).toEqual({ id, version: 3, cents: 0 });
    expect((await repository.history(id, { after: 1 })).map(({ version, event }) => [version, event])).toEqual([
      [2, deposited(50)],
      [3, emptied],
    ]);
  });

  it('show who caused each event, if that is known', async () => {
    const id = newJar();
    await add(id, deposited(100));
    await messageContext.run(actingAs('https://issuer.example|ada', messageContext.current()), () => add(id, emptied));
    expect((await repository.history(id)).map(({ actor }) => actor)).toEqual([undefined, 'https://issuer.example|ada']);
  });

  it('publish their events in the same transaction, numbered by their position in the stream', async () => {
    const id = newJar();
    await add(id, deposited(100));
    await add(id, deposited(50), emptied);
    const failed = transactions.run(async () => {
      await repository.save(await repository.load(id), [deposited(7)]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    const { rows } = await pool.query<{ type: string; sequence: string }>(
      'SELECT type, sequence FROM outbox WHERE subject = $1 ORDER BY position',
      [id],
    );
    expect(rows.map(({ type, sequence }) => [type, Number(sequence)])).toEqual([
      ['jars.v1.JarFilled', 1],
      ['jars.v1.JarFilled', 2],
      ['jars.v1.JarEmptied', 3],
    ]);
    expect((await repository.load(id)).version).toBe(3);
  });

  it('are saved only in a transaction', async () => {
    await expect(repository.save(emptyJar(newJar()), [deposited(1)])).rejects.toThrow(NoTransaction);
  });

  describe('with concurrent changes', () => {
    it('accept one change and reject the other with ConcurrentUpdate', async () => {
      const id = newJar();
      const seen = await add(id, deposited(1));
      const both = await Promise.allSettled([save(seen, deposited(10)), save(seen, deposited(10))]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: expect.any(ConcurrentUpdate) as unknown });
      expect((await repository.load(id)).cents).toBe(11);
    });

    it('lose nothing when the loser retries', async () => {
      const id = newJar();
      await Promise.all(Array.from({ length: 12 }, () => retryingConflicts(transactions, () => add(id, deposited(1)), 100)));
      expect(await repository.load(id)).toMatchObject({ cents: 12, version: 12 });
    });

    it('throw a conflict to the enclosing transaction', async () => {
      const id = newJar();
      const stale = emptyJar(id);
      await save(stale, deposited(1));
      let tries = 0;
      const work = transactions.run(() =>
        retryingConflicts(transactions, () => {
          tries++;
          return repository.save(stale, [deposited(1)]);
        }),
      );
      await expect(work).rejects.toThrow(ConcurrentUpdate);
      expect(tries).toBe(1);
    });

    it('report a version that never existed as an error, not a conflict', async () => {
      const ahead = { ...emptyJar(newJar()), version: 5 };
      await expect(save(ahead, deposited(1))).rejects.toThrow('it has no version 5');
    });
  });

  describe('with snapshots', () => {
    it('are taken at the set interval, even when one save skips past it', async () => {
      const id = newJar();
      await add(id, deposited(1), deposited(1));
      expect(await snapshot(id)).toBeUndefined();
      await add(id, deposited(1), deposited(1));
      expect(await snapshot(id)).toBe(4);
      await add(id, deposited(1));
      expect(await snapshot(id)).toBe(4);
      await add(id, deposited(1));
      expect(await snapshot(id)).toBe(6);
    });

    it('read only later events', async () => {
      const id = newJar();
      await add(id, deposited(1), deposited(2), deposited(3), deposited(4), deposited(5));
      await add(id, deposited(6));
      await add(id, deposited(7));
      const { snapshot: newest, events } = await store.load({ stream: 'jar', id }, 1);
      expect(newest).toMatchObject({ version: 6, state: { cents: 21 } });
      expect(events.map(({ version }) => version)).toEqual([7]);
      expect(await repository.load(id)).toEqual({ id, version: 7, cents: 28 });
    });

    it('ignore and replace a snapshot of another format', async () => {
      const id = newJar();
      await add(id, deposited(1), deposited(2), deposited(3));
      await pool.query(`UPDATE stream_snapshot SET format = 0, state = '{"dollars":1}' WHERE stream_id = $1`, [id]);
      expect((await repository.load(id)).cents).toBe(6);
      await add(id, deposited(1), deposited(1), deposited(1));
      expect(await snapshot(id)).toBe(6);
    });

    it('load the same state as without, for any events in any batches', async () => {
      const happenings = fc.oneof(fc.integer({ min: 1, max: 1_000 }).map(deposited), fc.constant(emptied));
      const portions = fc.array(fc.array(happenings, { maxLength: 5 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(portions, async (saved) => {
          const id = newJar();
          for (const events of saved) await add(id, ...events);
          const loaded = await repository.load(id);
          expect(loaded).toEqual(saved.flat().reduce(applyTo, emptyJar(id)));
          expect((await repository.history(id)).map(({ event }) => event)).toEqual(saved.flat());
        }),
        { numRuns: 25 },
      );
    });
  });

  it('read events of old versions', async () => {
    const id = newJar();
    await transactions.run(() =>
      store.append({ stream: 'jar', id }, 0, [
        { type: 'Deposited', typeVersion: 1, data: { dollars: 3 } },
        { type: 'Deposited', typeVersion: 2, data: { dimes: 5 } },
      ]),
    );
    await add(id, deposited(1));
    expect(await repository.load(id)).toEqual({ id, version: 3, cents: 351 });
  });

  it('can all be replayed to rebuild views', async () => {
    const [first, second] = [newJar(), newJar()];
    await add(first, deposited(1), deposited(2));
    await add(second, deposited(3));
    await add(first, emptied);
    const seen = new Map<string, JarEvent[]>();
    for await (const { id, event, version } of repository.replay(2)) {
      const events = seen.get(id) ?? [];
      expect(version).toBe(events.length + 1);
      seen.set(id, [...events, event]);
    }
    expect(seen.get(first)).toEqual([deposited(1), deposited(2), emptied]);
    expect(seen.get(second)).toEqual([deposited(3)]);
  });
});
