import type { Metric } from '@ftgo/messaging/telemetry';
import { eventually } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sagaCensus } from '../src/engine/saga-census.js';
import { type PlaceOrder, placed, placeOrderSaga, Reserve } from './shop.js';
import { SagaWorld } from './world.js';

let world: SagaWorld;
let orderId = 0;
const anOrder = (): PlaceOrder => ({ ...placed, orderId: ++orderId });

beforeAll(async () => {
  world = await SagaWorld.open();
});
beforeEach(() => world.deploy({}));
afterEach(async () => {
  world.effects.ending.clear();
  await world.settle();
});
afterAll(() => world.close());

function valueIn(metrics: readonly Metric[], name: string, labels: Record<string, string> = {}, suffix?: string): number | undefined {
  const ofSaga = { saga: 'place-order', ...labels };
  const { samples = [] } = metrics.find((metric) => metric.name === name) ?? {};
  return samples.find((s) => s.suffix === suffix && Object.entries(ofSaga).every(([label, value]) => s.labels[label] === value))?.value;
}
const done = () => {
  const metrics = world.sagas.tally.metrics();
  return {
    started: valueIn(metrics, 'saga_started_total'),
    completed: valueIn(metrics, 'saga_duration_seconds', { outcome: 'completed' }, '_count'),
    rolledBack: valueIn(metrics, 'saga_duration_seconds', { outcome: 'rolled_back' }, '_count'),
  };
};
const census = () => world.transactions.run((transaction) => sagaCensus(transaction, world.sagas.registry.names));
const open = async (status: string) => valueIn(await census(), 'saga_open', { status });

describe('the metrics of sagas', () => {
  it('count started, completed and compensated sagas, with their duration', async () => {
    await world.start(placeOrderSaga, anOrder());
    await world.settle();
    world.effects.refuse(Reserve, 'SOLD_OUT');
    await world.start(placeOrderSaga, anOrder());
    expect(await open('RUNNING')).toBe(1);
    await world.settle();
    expect(done()).toEqual({ started: 2, completed: 1, rolledBack: 1 });
    expect([await open('RUNNING'), await open('COMPENSATING'), await open('STUCK')]).toEqual([0, 0, 0]);
    const seconds = valueIn(world.sagas.tally.metrics(), 'saga_duration_seconds', { outcome: 'completed' }, '_sum');
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(60);
  });

  it('count nothing of a transaction that is rolled back', async () => {
    const failure = new Error('the request fails');
    const starting = world.transactions.run(async () => {
      await world.sagas.start(placeOrderSaga, anOrder());
      throw failure;
    });
    await expect(starting).rejects.toBe(failure);
    expect(done().started).toBe(0);
  });

  it('show a stuck saga until an operator ends it', async () => {
    await world.deploy({ stuckAfter: 1 });
    const id = await world.start(placeOrderSaga, anOrder());
    world.effects.ending.set('approve', () => Promise.reject(new Error('a bug')));
    await world.settle();
    expect((await world.saga(id)).status).toBe('STUCK');
    expect([await open('STUCK'), await open('RUNNING')]).toEqual([1, 0]);
    expect(valueIn(await census(), 'saga_oldest_open_seconds')).toBeGreaterThan(0);
    await world.operations.resolve(id, 'COMPLETED', { by: 'maria', reason: 'approved by hand' });
    expect([await open('STUCK'), valueIn(await census(), 'saga_oldest_open_seconds')]).toEqual([0, 0]);
    expect(done().completed).toBe(1);
  });

  it('show an overdue reply until it arrives', async () => {
    await world.deploy({ stepDeadlineMs: 400 });
    const id = await world.start(placeOrderSaga, anOrder());
    const [shipping] = await world.settleExcept(({ saga_step }) => saga_step === 'ship');
    const alarms = () => valueIn(world.sagas.tally.metrics(), 'saga_deadline_alarms_total');
    const overdue = async () => valueIn(await census(), 'saga_overdue');
    expect([alarms(), await overdue()]).toEqual([0, 0]);
    await eventually(async () => {
      await world.timePasses(id);
      expect([alarms(), await overdue()]).toEqual([1, 1]);
    });
    if (shipping) await world.deliver(shipping);
    await world.settle();
    expect([alarms(), await overdue(), await open('RUNNING')]).toEqual([1, 0, 0]);
  });
});
