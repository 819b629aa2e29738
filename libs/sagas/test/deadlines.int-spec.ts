import { eventually } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SagaClock } from '../src/engine/saga-clock.js';
import type { SagaDeadlines } from '../src/index.js';
import { type PlaceOrder, placed, placeOrderSaga } from './shop.js';
import { effectsOf, SagaWorld } from './world.js';

let world: SagaWorld;
let orderId = 0;
const anOrder = (): PlaceOrder => ({ ...placed, orderId: ++orderId });
let running: SagaDeadlines[] = [];

/** A saga that waits for the reply to "reserve", whose deadline passed 10 s ago. */
async function overdue(): Promise<string> {
  const id = await world.start(placeOrderSaga, anOrder());
  await world.settleExcept(({ saga_step }) => saga_step === 'reserve');
  await world.rows(`UPDATE saga_deadline SET due_at = clock_timestamp() - interval '10 s' WHERE saga_id = $1`, [id]);
  return id;
}

/** Lets the clock have ticked without a gap for long. */
const everythingRan = () => world.rows(`UPDATE saga_clock SET ticked_at = clock_timestamp(), resumed_at = '-infinity'`);
const tickedSecondsAgo = (seconds: number) =>
  world.rows(`UPDATE saga_clock SET ticked_at = clock_timestamp() - $1 * interval '1 s', resumed_at = '-infinity'`, [seconds]);
const stepOf = async (id: string): Promise<string> => (await world.saga(id)).step;

function deadlineLoop(caughtUp: () => boolean = () => true): SagaDeadlines {
  const deadlines = world.deadlines(caughtUp);
  running.push(deadlines);
  return deadlines;
}

beforeAll(async () => {
  world = await SagaWorld.open();
});
beforeEach(async () => {
  await world.relaySeen(0);
  await everythingRan();
});
afterEach(async () => {
  for (const deadlines of running) await deadlines.close();
  running = [];
  await world.rows('DELETE FROM saga_runner');
  await world.rows('DELETE FROM saga_deadline');
  await world.sent();
});
afterAll(() => world.close());

describe('a step past its deadline', () => {
  it('times out if there is no outage', async () => {
    const id = await overdue();
    expect(await deadlineLoop().round()).toBe(1);
    expect(await stepOf(id)).toBe('reserve:undo');
  });

  it('times out once, even with several processes', async () => {
    const ids: string[] = [];
    while (ids.length < 6) ids.push(await overdue());
    const moved = await Promise.all([1, 2, 3].map(() => deadlineLoop().round()));
    expect(moved.reduce((a, b) => a + b)).toBe(6);
    for (const id of ids) expect((await world.eventsOf(id)).filter((event) => event === 'no-answer reserve')).toHaveLength(1);
  });

  it('is left to the reply that is being handled', async () => {
    const id = await overdue();
    const lock = await world.pool.connect();
    await lock.query('BEGIN');
    await lock.query('SELECT FROM saga_instance WHERE id = $1 FOR UPDATE', [id]);
    expect(await deadlineLoop().round()).toBe(0);
    await lock.query('ROLLBACK');
    lock.release();
    expect(await stepOf(id)).toBe('reserve');
  });

  it('is found by the loop, which finishes its round when stopped', async () => {
    const id = await overdue();
    deadlineLoop().start();
    await eventually(async () => expect(await stepOf(id)).toBe('reserve:undo'));
  });
});

describe('a deadline', () => {
  it('pauses while the relay makes no progress', async () => {
    await world.relaySeen(6);
    const id = await overdue();
    expect(await deadlineLoop().round()).toBe(0);
    expect(await stepOf(id)).toBe('reserve');
  });

  it('pauses if no relay has ever run', async () => {
    await world.rows('DELETE FROM relay_checkpoint');
    const id = await overdue();
    expect(await deadlineLoop().round()).toBe(0);
    expect(await stepOf(id)).toBe('reserve');
  });

  it('pauses while replies are waiting', async () => {
    const id = await overdue();
    expect(await deadlineLoop(() => false).round()).toBe(0);
    expect(await stepOf(id)).toBe('reserve');
  });

  it('runs if the replies were caught up for a moment, as under load', async () => {
    const id = await overdue();
    let caughtUp = false;
    const deadlines = deadlineLoop(() => caughtUp);
    await deadlines.round();
    expect(await stepOf(id)).toBe('reserve');
    caughtUp = true;
    await deadlines.round();
    caughtUp = false;
    await eventually(async () => {
      await deadlines.round();
      expect(await stepOf(id)).toBe('reserve:undo');
    });
  });

  it('pauses while replies are waiting in another process', async () => {
    const id = await overdue();
    await new SagaClock(world.transactions).tick(false);
    expect(await deadlineLoop().round()).toBe(0);
    expect(await stepOf(id)).toBe('reserve');
  });

  it('pauses while the partitions of a killed process are not reassigned', async () => {
    const id = await overdue();
    await new SagaClock(world.transactions).tick(true);
    await world.rows(`UPDATE saga_runner SET seen_at = clock_timestamp() - interval '8 s'`);
    expect(await deadlineLoop().round()).toBe(0);
    await world.rows(
      `UPDATE saga_runner SET seen_at = clock_timestamp() - interval '31 s' WHERE seen_at < clock_timestamp() - interval '7 s'`,
    );
    expect(await deadlineLoop().round()).toBe(1);
    expect(await stepOf(id)).toBe('reserve:undo');
  });

  it('restarts after an outage longer than 5 s', async () => {
    await tickedSecondsAgo(6);
    const id = await overdue();
    expect(await deadlineLoop().round()).toBe(0);
    const { dueAt, step } = await world.saga(id);
    expect(step).toBe('reserve');
    const [now] = await world.rows<{ now: Date }>('SELECT clock_timestamp() AS now');
    const dueIn = (dueAt?.getTime() ?? 0) - (now?.now.getTime() ?? 0);
    expect(dueIn).toBeGreaterThan(115_000);
    expect(dueIn).toBeLessThanOrEqual(120_000);
  });

  it('continues after an outage shorter than 5 s', async () => {
    await tickedSecondsAgo(4);
    const id = await overdue();
    expect(await deadlineLoop().round()).toBe(1);
    expect(await stepOf(id)).toBe('reserve:undo');
  });

  it('restarts with its full length, and no more, when the process starts', async () => {
    await world.deploy({ stepDeadlineMs: 300 });
    const id = await overdue();
    await tickedSecondsAgo(3_600);
    const began = performance.now();
    deadlineLoop().start();
    await eventually(async () => expect(await stepOf(id)).toBe('reserve:undo'));
    expect(performance.now() - began).toBeGreaterThan(280);
    await world.deploy({});
  });
});

describe('an outage', () => {
  it('of the relay longer than the deadline rolls back no saga', async () => {
    await world.deploy({ stepDeadlineMs: 200 });
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    await world.relaySeen(10);
    await tickedSecondsAgo(10);
    const commands = await world.sent();
    let rounds = 0;
    const deadlines = deadlineLoop(() => ++rounds > 0);
    deadlines.start();
    await eventually(() => expect(rounds).toBeGreaterThan(2));
    expect(await stepOf(id)).toBe('check customer');
    await deadlines.close();
    // The relay is back; the replies arrive before the restarted deadlines.
    await world.relaySeen(0);
    await world.deploy({});
    await deadlineLoop().round();
    await world.deliver(...commands);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, order.orderId)).toMatchObject({ approved: 1 });
  });

  it('of the database delays the deadline until it ends', async () => {
    const id = await overdue();
    deadlineLoop().start();
    await world.rows(
      // Except Postgres's own processes, such as autovacuum.
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()',
    );
    await eventually(async () => expect(await stepOf(id)).toBe('reserve:undo'));
  });
});

describe('after the pivot', () => {
  it('a command is resent until a reply arrives, with an alert at its deadline', async () => {
    await world.deploy({ stepDeadlineMs: 400, stuckAfter: 3 });
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    const [shipping] = await world.settleExcept(({ saga_step }) => saga_step === 'ship');
    deadlineLoop().start();
    await eventually(async () => {
      await world.relaySeen(0);
      expect((await world.saga(id)).status).toBe('STUCK');
    });
    const found = await world.saga(id);
    expect(found).toMatchObject({ alarmed: true, problem: expect.stringContaining('"ship" has no reply after 3 attempts') });
    expect(found.history.map(({ event }) => event).filter((event) => event === 'alarm' || event === 'sent-again')).toEqual([
      'sent-again',
      'sent-again',
      'alarm',
      'sent-again',
    ]);
    const again = await world.sent();
    expect(again.every(({ saga_id, saga_step, type }) => saga_id === id && saga_step === 'ship' && type === shipping?.type)).toBe(true);
    await world.deliver(...again);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, order.orderId)).toMatchObject({ shipped: 1, approved: 1 });
    await world.deploy({});
  });
});
