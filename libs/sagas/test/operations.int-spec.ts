import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { saga } from '../src/index.js';
import {
  CheckCustomer,
  type PlaceOrder,
  placed,
  placeOrderSaga,
  Release,
  Reserve,
  RevisePayment,
  replies,
  revisePaymentSaga,
  Ship,
} from './shop.js';
import { effectsOf, SagaWorld } from './world.js';

let world: SagaWorld;
let orderId = 0;
const anOrder = (): PlaceOrder => ({ ...placed, orderId: ++orderId });
const note = { by: 'maria', reason: 'the shelf was found' };
const order = ({ orderId: id }: PlaceOrder) => ({ orderId: id });

/** A saga that waits for the reply to a step. */
async function waitingAt(step: string): Promise<{ id: string; order: PlaceOrder }> {
  const placedOrder = anOrder();
  const id = await world.start(placeOrderSaga, placedOrder);
  await world.settleExcept(({ saga_step }) => saga_step === step);
  return { id, order: placedOrder };
}

beforeAll(async () => {
  world = await SagaWorld.open();
});
afterEach(async () => {
  world.effects.ending.clear();
  await world.settle();
  await world.deploy({});
});
afterAll(() => world.close());

describe('an operator', () => {
  it('sees what has not ended, and why', async () => {
    const { id } = await waitingAt('pay');
    expect((await world.operations.list({ status: 'RUNNING', saga: 'place-order' })).map((found) => found.id)).toContain(id);
    expect(await world.operations.list({ status: 'RUNNING', saga: 'other' })).toEqual([]);
    await expect(world.operations.show(uuidv7())).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
  });

  it('finds the sagas of an order', async () => {
    const { id, order: placedOrder } = await waitingAt('pay');
    expect(await world.operations.list({ stateHas: { orderId: placedOrder.orderId } })).toMatchObject([
      { id, state: { orderId: placedOrder.orderId } },
    ]);
    expect(await world.operations.list({ stateHas: { orderId: -1 } })).toEqual([]);
  });

  it('sees the command whose reply a saga waits for, and whether it is published', async () => {
    const { id } = await waitingAt('pay');
    const { history } = await world.operations.show(id);
    const messageId = history.findLast(({ event }) => event === 'sent')?.messageId;
    expect((await world.operations.show(id)).awaits).toEqual({
      messageId,
      topic: expect.any(String) as string,
      type: expect.any(String) as string,
      isPublished: false,
    });
    await world.operations.resolve(id, 'ROLLED_BACK', note);
    expect((await world.operations.show(id)).awaits).toBeUndefined();
  });

  it('finds the sagas that need action, not those that wait or have ended', async () => {
    const { id } = await waitingAt('pay');
    const needing = async () => (await world.operations.list({ needsOperator: true })).map((found) => found.id);
    expect(await needing()).not.toContain(id);
    await world.rows('UPDATE saga_instance SET alarmed = true WHERE id = $1', [id]);
    expect(await needing()).toContain(id);
    await world.operations.resolve(id, 'ROLLED_BACK', note);
    expect(await needing()).not.toContain(id);
  });

  it('retries a step, and the history shows who and why', async () => {
    const {
      id,
      order: { orderId: of },
    } = await waitingAt('pay');
    await world.operations.retry(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, of)).toMatchObject({ paid: 1, approved: 1 });
    expect((await world.saga(id)).history).toContainEqual(
      expect.objectContaining({ event: 'retried-by-operator', step: 'pay', operator: 'maria', detail: 'the shelf was found' }),
    );
  });

  it('skips a step that was done by hand', async () => {
    const {
      id,
      order: { orderId: of },
    } = await waitingAt('ship');
    await world.operations.skip(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, of)).not.toHaveProperty('shipped');
  });

  it('skips no second step if the request is sent twice', async () => {
    const { id } = await waitingAt('reserve');
    await world.operations.skip(id, { ...note, step: 'reserve' });
    const { step } = await world.operations.show(id);
    expect(step).not.toBe('reserve');
    await expect(world.operations.skip(id, { ...note, step: 'reserve' })).rejects.toThrow(`no longer at step "reserve", but at "${step}"`);
    expect((await world.operations.show(id)).step).toBe(step);
  });

  it('compensates before the pivot, beginning with the step in doubt', async () => {
    const {
      id,
      order: { orderId: of },
    } = await waitingAt('pay');
    await world.operations.compensate(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK', refusal: { code: 'UNDONE_BY_OPERATOR', detail: note.reason } });
    expect((await world.eventsOf(id)).filter((event) => event.startsWith('sent'))).toContain('sent pay:undo');
    expect(await effectsOf(world, of)).toEqual({ checked: 1, rejected: 1 });
  });

  it('cannot compensate after the pivot, at a pivot that is never undone when in doubt, or twice', async () => {
    const { id } = await waitingAt('ship');
    await expect(world.operations.compensate(id, note)).rejects.toMatchObject({ code: 'SAGA_ACT_NOT_POSSIBLE', kind: 'conflict' });
    const revising = await world.start(revisePaymentSaga, { orderId: ++orderId });
    await expect(world.operations.compensate(revising, note)).rejects.toThrow('never undone when in doubt');
    const { id: undoing } = await waitingAt('pay');
    await world.timePasses(undoing);
    await expect(world.operations.compensate(undoing, note)).rejects.toThrow('already being undone');
  });

  it('ends a saga that was completed by hand; later replies are ignored', async () => {
    const { id } = await waitingAt('reserve');
    await world.operations.resolve(id, 'ROLLED_BACK', note);
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK', dueAt: undefined });
    await expect(world.operations.retry(id, note)).rejects.toThrow('has already ended');
    expect(await world.timePasses(id)).toBe(false);
  });
});

describe('a deployment', () => {
  const versionTwo = saga<PlaceOrder>('place-order', { version: 2, replies })
    .step('create order')
    .done()
    .step('check customer')
    .invoke(CheckCustomer, order)
    .step('revise payment')
    .invoke(RevisePayment, order)
    .step('reserve')
    .invoke(Reserve, ({ orderId: id, items }) => ({ orderId: id, items }))
    .undo(Release, order)
    .step('print label')
    .invoke(Ship, order)
    .build();

  it('lets a saga end with the version it started with while both are registered', async () => {
    const { id } = await waitingAt('reserve');
    await world.deploy({ sagas: [versionTwo, placeOrderSaga] });
    await world.operations.retry(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED', version: 1, done: expect.arrayContaining(['pay', 'approve order']) });
  });

  it('lets a saga continue with a newer version from its current step, without steps inserted before it', async () => {
    const {
      id,
      order: { orderId: of },
    } = await waitingAt('reserve');
    await world.deploy({ sagas: [versionTwo] });
    await world.operations.retry(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({
      status: 'COMPLETED',
      version: 2,
      done: ['create order', 'check customer', 'reserve', 'print label'],
    });
    expect(await world.eventsOf(id)).toContain('continued reserve');
    expect(await effectsOf(world, of)).not.toHaveProperty('revised');
  });

  it('undoes only what was done, even if a newer version has more to undo', async () => {
    const {
      id,
      order: { orderId: of },
    } = await waitingAt('check customer');
    const inserted = saga<PlaceOrder>('place-order', { version: 3, replies })
      .step('create order')
      .done()
      .step('reserve')
      .invoke(Reserve, ({ orderId: o, items }) => ({ orderId: o, items }))
      .undo(Release, order)
      .step('check customer')
      .invoke(CheckCustomer, order)
      .build();
    await world.deploy({ sagas: [inserted] });
    await world.operations.compensate(id, note);
    expect((await world.sent()).filter(({ saga_step }) => saga_step === 'reserve:undo')).toEqual([]);
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK' });
    expect(await effectsOf(world, of)).not.toHaveProperty('reserved');
  });

  it('leaves a saga stuck that no registered version fits, and blocks no other', async () => {
    const {
      id,
      order: { orderId: of },
    } = await waitingAt('pay');
    const healthy = anOrder();
    await world.deploy({ sagas: [versionTwo] });
    const other = await world.start(versionTwo, healthy);
    await world.timePasses(id);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', problem: expect.stringContaining('register that version') });
    await world.settle();
    expect(await world.saga(other)).toMatchObject({ status: 'COMPLETED' });
    await world.deploy({});
    await world.operations.retry(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, of)).toMatchObject({ paid: 1, approved: 1 });
  });

  it('leaves a saga stuck whose reply is for a step that no longer exists', async () => {
    const placedOrder = anOrder();
    const id = await world.start(placeOrderSaga, placedOrder);
    const answers = await world.settleExcept(({ saga_step, topic }) => saga_step === 'pay' && topic === replies.topic);
    await world.deploy({ sagas: [versionTwo] });
    await world.deliver(...answers);
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', step: 'pay' });
    await world.deploy({});
    await world.operations.retry(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, placedOrder.orderId)).toMatchObject({ paid: 1 });
  });

  it('leaves a saga stuck whose state the new version cannot decode', async () => {
    const { id } = await waitingAt('pay');
    const strict = { toJson: (state: PlaceOrder) => state, fromJson: (): PlaceOrder => fail('an old state') };
    await world.deploy({ sagas: [{ ...placeOrderSaga, codec: strict }] });
    await world.timePasses(id);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', step: 'pay' });
    await world.deploy({});
    await world.operations.retry(id, note);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('lets an operator resolve a saga that is no longer registered', async () => {
    const { id } = await waitingAt('pay');
    await world.deploy({ sagas: [] });
    await world.operations.resolve(id, 'COMPLETED', note);
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });
});

function fail(reason: string): never {
  throw new Error(reason);
}
