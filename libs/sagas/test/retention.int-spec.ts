import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SagaRetention } from '../src/index.js';
import { placed, placeOrderSaga } from './shop.js';
import { SagaWorld } from './world.js';

let world: SagaWorld;
let orderId = 0;

beforeAll(async () => {
  world = await SagaWorld.open();
});
beforeEach(() => world.rows('TRUNCATE saga_instance, saga_history, saga_deadline'));
afterAll(() => world.close());

const ended = async (days: number): Promise<string> => {
  const id = await world.start(placeOrderSaga, { ...placed, orderId: ++orderId });
  await world.settle();
  await makeOlder(id, days);
  return id;
};
const makeOlder = async (id: string, days: number) => {
  await world.rows(
    `UPDATE saga_instance SET started_at = started_at - $2 * interval '1 day', step_since = step_since - $2 * interval '1 day',
      ended_at = ended_at - $2 * interval '1 day' WHERE id = $1`,
    [id, days],
  );
  await world.rows(`UPDATE saga_history SET at = at - $2 * interval '1 day' WHERE saga_id = $1`, [id, days]);
};
const kept = async () => (await world.rows<{ id: string }>('SELECT id FROM saga_instance ORDER BY id')).map(({ id }) => id);
const withHistory = async () =>
  (await world.rows<{ id: string }>('SELECT DISTINCT saga_id AS id FROM saga_history ORDER BY 1')).map(({ id }) => id);

describe('retention', () => {
  it('deletes a saga that ended 30 days ago, with its history', async () => {
    await ended(31);
    const young = await ended(29);
    expect(await new SagaRetention(world.transactions).run()).toBe(1);
    expect(await kept()).toEqual([young]);
    expect(await withHistory()).toEqual([young]);
  });

  it('keeps a saga that has not ended, stuck or running, however old it is', async () => {
    const running = await world.start(placeOrderSaga, { ...placed, orderId: ++orderId });
    await world.settleExcept(({ saga_step }) => saga_step === 'reserve');
    const stuck = await world.start(placeOrderSaga, { ...placed, orderId: ++orderId });
    await world.settleExcept(({ saga_step }) => saga_step === 'pay');
    await world.rows(`UPDATE saga_instance SET status = 'STUCK' WHERE id = $1`, [stuck]);
    for (const id of [running, stuck]) await makeOlder(id, 400);
    expect(await new SagaRetention(world.transactions).run()).toBe(0);
    expect(await kept()).toEqual([running, stuck].toSorted());
    expect(await withHistory()).toEqual([running, stuck].toSorted());
  });

  it('works in small batches, for the given number of days', async () => {
    for (let i = 0; i < 5; i++) await ended(3);
    await ended(1);
    expect(await new SagaRetention(world.transactions, 2).run(2)).toBe(5);
    expect(await kept()).toHaveLength(1);
  });

  it('deletes the record of a reply to an unknown saga', async () => {
    const young = await ended(0);
    await world.rows(
      `INSERT INTO saga_history (saga_id, at, event, step) VALUES ($1, now() - interval '31 days', 'ignored', 'pay'), ($2, now(), 'ignored', 'pay')`,
      [uuidv7(), young],
    );
    await new SagaRetention(world.transactions).run(1);
    expect(await withHistory()).toEqual([young]);
  });

  it('does not block concurrent work on a saga', async () => {
    const id = await ended(31);
    const operator = await world.pool.connect();
    await operator.query('BEGIN');
    await operator.query('SELECT FROM saga_instance WHERE id = $1 FOR UPDATE', [id]);
    expect(await new SagaRetention(world.transactions).run()).toBe(0);
    await operator.query('ROLLBACK');
    operator.release();
    expect(await new SagaRetention(world.transactions).run()).toBe(1);
  });
});
