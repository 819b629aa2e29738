import { DomainError } from '@ftgo/kernel';
import { type Collector, commandChannel, NoTransaction } from '@ftgo/messaging';
import { eventually } from '@ftgo/testing';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SagaStepMessage, saga, sagaDiagnostics } from '../src/index.js';
import type { Sent } from './hand-broker.js';
import { Orders, Pay, type PlaceOrder, placed, placeOrderSaga, Reserve, replies, Ship } from './shop.js';
import { effectsOf, SagaWorld } from './world.js';

let world: SagaWorld;
let orderId = 0;
const anOrder = (): PlaceOrder => ({ ...placed, orderId: ++orderId });
const isReplyTo =
  (step: string) =>
  ({ topic, saga_step }: Sent): boolean =>
    topic === replies.topic && saga_step === step;

beforeAll(async () => {
  world = await SagaWorld.open();
});
afterEach(async () => {
  world.effects.ending.clear();
  await world.settle();
  await world.deploy({});
});
afterAll(() => world.close());

describe('starting a saga', () => {
  it('needs the transaction of the caller', async () => {
    await expect(world.sagas.start(placeOrderSaga, anOrder())).rejects.toThrow(NoTransaction);
  });

  it('leaves nothing if the caller rolls back', async () => {
    const before = await world.rows('SELECT FROM saga_instance');
    const starting = world.transactions.run(async () => {
      await world.sagas.start(placeOrderSaga, anOrder());
      throw new Error('no order');
    });
    await expect(starting).rejects.toThrow('no order');
    expect(await world.rows('SELECT FROM saga_instance')).toHaveLength(before.length);
    expect(await world.sent()).toEqual([]);
  });

  it('writes the instance, its deadline and its first command with the order', async () => {
    const id = await world.start(placeOrderSaga, anOrder());
    const [command] = await world.sent();
    expect(command).toMatchObject({
      type: 'shop.v1.CheckCustomer',
      source: `/shop-service/sagas/place-order/${id}`,
      saga_id: id,
      saga_step: 'check customer',
      reply_to: replies.topic,
    });
    const found = await world.saga(id);
    expect(found).toMatchObject({ status: 'RUNNING', step: 'check customer', version: 1 });
    expect(found.dueAt?.getTime()).toBeGreaterThan(Date.now() + 110_000);
    await world.deliver(command as Sent);
  });

  it('fails for a saga that is not registered', async () => {
    const other = saga<PlaceOrder>('other', { version: 1, replies }).step('a').done().build();
    await expect(world.start(other, anOrder())).rejects.toThrow('is not registered');
  });
});

describe('a saga whose steps all succeed', () => {
  it('has every effect once, and its history shows each step', async () => {
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    await world.settle();
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1, paid: 1, shipped: 1, approved: 1 });
    const found = await world.saga(id);
    expect(found).toMatchObject({
      status: 'COMPLETED',
      done: ['create order', 'check customer', 'reserve', 'pay', 'ship', 'approve order'],
    });
    expect(found.dueAt).toBeUndefined();
    expect(found.endedAt).toBeInstanceOf(Date);
    expect(found.history.map(({ event, step }) => `${event} ${step}`)).toEqual([
      'started create order',
      'sent check customer',
      'succeeded check customer',
      'sent reserve',
      'succeeded reserve',
      'sent pay',
      'succeeded pay',
      'sent ship',
      'succeeded ship',
      'succeeded approve order',
      'completed approve order',
    ]);
    const paid = found.history.find(({ event, step }) => event === 'succeeded' && step === 'pay');
    expect(paid?.messageId).toBeDefined();
    expect(paid?.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('stores money, dates and values from replies in its state', async () => {
    let seen: PlaceOrder | undefined;
    const watched = saga<PlaceOrder>('watched', { version: 1, replies })
      .step('reserve')
      .invoke(Reserve, ({ orderId, items }) => ({ orderId, items }))
      .onReply((_, { shelf }) => ({ shelf }))
      .step('ship')
      .invoke(Ship, (state) => {
        seen = state;
        return { orderId: state.orderId };
      })
      .build();
    await world.deploy({ sagas: [watched] });
    const order = anOrder();
    await world.start(watched, order);
    await world.settle();
    expect(seen).toEqual({ ...order, shelf: 'A3' });
    expect(seen?.total.plus(order.total).toString()).toBe('123.40');
  });

  it('carries the correlation id of the request that started it, even after a deadline', async () => {
    const id = await world.start(placeOrderSaga, anOrder());
    const [first] = await world.sent();
    await world.timePasses(id);
    const { correlationId } = await world.saga(id);
    expect(first?.correlation_id).toBe(correlationId);
    await world.deliver(first as Sent);
    const lost = await world.start(placeOrderSaga, anOrder());
    await world.settleExcept(({ saga_step }) => saga_step === 'reserve');
    await world.timePasses(lost);
    const [undo] = await world.sent();
    expect(undo).toMatchObject({ saga_step: 'reserve:undo', correlation_id: (await world.saga(lost)).correlationId });
    await world.deliver(undo as Sent);
  });
});

describe('a failure reply', () => {
  it('before the pivot undoes the completed steps in reverse', async () => {
    world.effects.refuse(Pay, 'NO_CREDIT');
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    await world.settle();
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, rejected: 1 });
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK', refusal: { code: 'NO_CREDIT' }, done: [] });
  });

  it('of any length, with characters that cannot be stored, still undoes the saga', async () => {
    world.effects.ending.set(Pay.payload.typeName, () => {
      throw new DomainError('NO_CREDIT', 'rule-broken', `\ud800\0${'x'.repeat(3_998)}😀`);
    });
    const id = await world.start(placeOrderSaga, anOrder());
    await world.settle();
    expect(await world.deadLetters()).toEqual([]);
    const detail = `\ufffd${'x'.repeat(3_998)}\ufffd`;
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK', refusal: { code: 'NO_CREDIT', detail } });
  });

  it('after the pivot is retried, and eventually the saga is stuck with the reason', async () => {
    await world.deploy({ stuckAfter: 3 });
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    const [shipping] = await world.settleExcept(({ saga_step }) => saga_step === 'ship');
    const refusal = {
      ...(shipping as Sent),
      topic: replies.topic,
      type: 'shop.v1.CommandRefused',
      outcome: 'failure',
      payload: Buffer.from('{"code":"NO","detail":"not today"}'),
    };
    for (let time = 1; time <= 3; time++) {
      await world.deliver({ ...refusal, id: uuidv7() });
      if (time < 3) expect(await world.timePasses(id)).toBe(true);
    }
    const again = await world.sent();
    expect(again.map(({ saga_step }) => saga_step)).toEqual(['ship', 'ship']);
    expect(new Set([shipping, ...again].map((message) => message?.id)).size).toBe(3);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', problem: '"ship" failed 3 times: failure reply NO: not today' });
    expect(await world.timePasses(id)).toBe(false);
    await world.deliver(...again);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, order.orderId)).toMatchObject({ shipped: 1, approved: 1 });
  });
});

describe('replies', () => {
  it('to a past step are recorded and ignored', async () => {
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    const [check] = await world.sent();
    await world.deliver(check as Sent);
    const [checked] = await world.sent();
    await world.deliver(checked as Sent);
    // The saga is at "reserve". A second reply to "check customer" must not count as a reply to it.
    await world.deliver(
      { ...(checked as Sent), id: uuidv7() },
      { ...(checked as Sent), id: uuidv7(), outcome: 'failure', type: 'shop.v1.CommandRefused' },
    );
    expect(await world.saga(id)).toMatchObject({ status: 'RUNNING', step: 'reserve' });
    expect((await world.eventsOf(id)).slice(-2)).toEqual(['ignored check customer', 'ignored check customer']);
    await world.settle();
    expect(await effectsOf(world, order.orderId)).toMatchObject({ reserved: 1, paid: 1, approved: 1 });
  });

  it('that arrive after the saga gave up the step change nothing', async () => {
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    const [late] = await world.settleExcept(isReplyTo('pay'));
    await world.timePasses(id);
    await world.deliver(late as Sent);
    await world.settle();
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, rejected: 1 });
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK', refusal: { code: 'NO_ANSWER' } });
  });

  it('to the same step on two connections move the saga once', async () => {
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    const [answer] = await world.settleExcept(isReplyTo('reserve'));
    await Promise.all([1, 2, 3, 4].map(() => world.deliver({ ...(answer as Sent), id: uuidv7() })));
    const sent = await world.sent();
    expect(sent.filter(({ saga_step }) => saga_step === 'pay')).toHaveLength(1);
    await world.deliver(...sent);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('to an unknown saga, or without a saga id, block nothing', async () => {
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    const [answer] = await world.settleExcept(isReplyTo('pay'));
    const reply = answer as Sent;
    await world.deliver({ ...reply, id: uuidv7(), saga_id: uuidv7() }, { ...reply, id: uuidv7(), saga_id: 'x' }, reply);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('that overtake the commit of their saga’s start wait for it', async () => {
    const other = await world.start(placeOrderSaga, anOrder());
    const [answer] = await world.settleExcept(isReplyTo('check customer'));
    const commit = Promise.withResolvers<void>();
    const stored = Promise.withResolvers<string>();
    const commitLater: Collector<string> = {
      async flush([started = ''], transaction) {
        await transaction.query({ text: 'SELECT' }); // with it, everything before it is sent
        stored.resolve(started);
        await commit.promise;
      },
    };
    const starting = world.transactions.run(async (transaction) => {
      transaction.collect(commitLater, await world.sagas.start(placeOrderSaga, anOrder()));
    });
    const id = await stored.promise;
    const delivering = world.deliver({ ...(answer as Sent), id: uuidv7(), saga_id: id });
    await eventually(async () => {
      const waiting = await world.rows(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO saga_instance%'`,
      );
      expect(waiting).toHaveLength(1);
    });
    commit.resolve();
    await Promise.all([starting, delivering]);
    expect(await world.saga(id)).toMatchObject({
      step: 'reserve',
      history: expect.not.arrayContaining([expect.objectContaining({ event: 'ignored' })]),
    });
    await world.deliver(answer as Sent);
    await world.settle();
    expect(await Promise.all([other, id].map(async (saga) => (await world.saga(saga)).status))).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it('from another service are dead-lettered, and the participant’s reply counts', async () => {
    const channel = commandChannel(Reserve.channel.topic, { owner: 'participants' });
    const reserving = saga<PlaceOrder>('reserve', { version: 1, replies })
      .step('create order')
      .done()
      .step('reserve')
      .invoke({ ...Reserve, channel }, ({ orderId: id, items }) => ({ orderId: id, items }))
      .build();
    await world.deploy({ sagas: [reserving] });
    const id = await world.start(reserving, anOrder());
    const [answer] = await world.settleExcept(isReplyTo('reserve'));
    const forged = ['/bank', '/participants-too', ''].map((source) => ({ ...(answer as Sent), id: uuidv7(), source }));
    await world.deliver(...forged);
    expect(await world.saga(id)).toMatchObject({ status: 'RUNNING', step: 'reserve' });
    expect((await world.deadLetters()).map(({ error }) => error)).toEqual(
      forged.map(({ source }) => `MessageRejected: '${source}' is not /participants, which replies to "reserve"`),
    );
    await world.rows('DELETE FROM dead_letter');
    await world.deliver(answer as Sent);
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('that cannot be decoded are dead-lettered, and other sagas continue', async () => {
    const poisoned = await world.start(placeOrderSaga, anOrder());
    const healthy = await world.start(placeOrderSaga, anOrder());
    const answers = await world.settleExcept(isReplyTo('reserve'));
    const bodies = [Buffer.from('not json'), Buffer.from('{}')];
    const poison = answers
      .filter(({ saga_id }) => saga_id === poisoned)
      .flatMap((reply) => [
        ...bodies.map((body) => ({ ...reply, id: uuidv7(), payload: body })),
        { ...reply, id: uuidv7(), type: 'shop.v1.PayReply' },
        { ...reply, id: uuidv7(), outcome: 'failure' },
        { ...reply, id: uuidv7(), outcome: null },
      ]);
    await world.deliver(...poison, ...answers.filter(({ saga_id }) => saga_id === healthy));
    await world.settle();
    expect(await world.saga(healthy)).toMatchObject({ status: 'COMPLETED' });
    expect(await world.saga(poisoned)).toMatchObject({ status: 'RUNNING', step: 'reserve' });
    expect((await world.deadLetters()).map(({ status }) => status)).toEqual(poison.map(() => 'dead'));
    await world.rows('DELETE FROM dead_letter');
    await world.deliver(...answers.filter(({ saga_id }) => saga_id === poisoned));
    await world.settle();
    expect(await world.saga(poisoned)).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('an unexpected error', () => {
  it('of a participant is not a failure reply: it is dead-lettered, has no effect, and the step times out', async () => {
    world.effects.ending.set('shop.v1.Pay', () => {
      throw new Error('a bug');
    });
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'RUNNING', step: 'pay' });
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1 });
    expect(await world.deadLetters()).toMatchObject([{ status: 'dead', error: expect.stringContaining('a bug') }]);
    await world.rows('DELETE FROM dead_letter');
    await world.timePasses(id);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'ROLLED_BACK', refusal: { code: 'NO_ANSWER' } });
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, rejected: 1 });
  });

  it('of a local step is rolled back, blocks nothing, and is retried', async () => {
    world.effects.ending.set('approve', () => {
      throw new Error('not yet');
    });
    const order = anOrder();
    const id = await world.start(placeOrderSaga, order);
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'RUNNING', step: 'approve order', problem: 'Error: not yet' });
    expect(await world.deadLetters()).toEqual([]);
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1, paid: 1, shipped: 1 });
    world.effects.ending.clear();
    await world.timePasses(id);
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, order.orderId)).toMatchObject({ approved: 1 });
  });

  it('of a local step may also break the SQL of its transaction', async () => {
    world.effects.ending.set('approve', async () => {
      await world.transactions.current('a broken step').query({ text: 'SELECT 1 / 0' });
    });
    const id = await world.start(placeOrderSaga, anOrder());
    await world.settle();
    expect(await world.saga(id)).toMatchObject({
      status: 'RUNNING',
      step: 'approve order',
      problem: expect.stringContaining('division by zero'),
    });
    world.effects.ending.clear();
    await world.timePasses(id);
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('of a local step’s dependency blocks nothing', async () => {
    await world.deploy({ stuckAfter: 2 });
    world.effects.ending.set('approve', () => {
      throw Object.assign(new Error('no printer'), { code: 'ECONNREFUSED' });
    });
    const id = await world.start(placeOrderSaga, anOrder());
    await world.settle();
    await world.timePasses(id);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', problem: '"approve order" failed 2 times: Error: no printer' });
    await world.timePasses(id);
    expect((await world.eventsOf(id)).slice(-4)).toEqual([
      'failed approve order',
      'failed approve order',
      'stuck approve order',
      'failed approve order',
    ]);
    world.effects.ending.clear();
    await world.timePasses(id);
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('of the definition leaves the saga stuck, with the reason, until it is fixed', async () => {
    const broken = saga<PlaceOrder>('broken', { version: 1, replies })
      .step('reserve')
      .invoke(Reserve, ({ orderId, items }) => ({ orderId, items }))
      .onReply(() => {
        throw new TypeError('no shelf');
      })
      .build();
    await world.deploy({ sagas: [broken] });
    const id = await world.start(broken, anOrder());
    await world.settle();
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', problem: 'onReply of "reserve" threw TypeError: no shelf' });
    const fixed = saga<PlaceOrder>('broken', { version: 1, replies })
      .step('reserve')
      .invoke(Reserve, ({ orderId, items }) => ({ orderId, items }))
      .build();
    await world.deploy({ sagas: [fixed] });
    await world.operations.retry(id, { by: 'ops', reason: 'fixed' });
    await world.settle();
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('in creating a command leaves the saga stuck; at the start it prevents the saga', async () => {
    const unsendable = (name: string) =>
      saga<PlaceOrder>(name, { version: 1, replies })
        .step('reserve')
        .invoke(Reserve, ({ orderId, items }) => ({ orderId, items }))
        .step('ship')
        .invoke(Ship, () => ({}) as never)
        .build();
    const atTheStart = saga<PlaceOrder>('at-the-start', { version: 1, replies })
      .step('ship')
      .invoke(Ship, () => ({}) as never)
      .build();
    const later = unsendable('later');
    await world.deploy({ sagas: [later, atTheStart] });
    const id = await world.start(later, anOrder());
    await world.settle();
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.saga(id)).toMatchObject({ status: 'STUCK', step: 'ship', problem: expect.stringContaining('Ship needs orderId') });
    await expect(world.start(atTheStart, anOrder())).rejects.toThrow('cannot start saga "at-the-start"');
    expect(await world.rows(`SELECT FROM saga_instance WHERE saga = 'at-the-start'`)).toEqual([]);
  });

  it('of a local step at the start is thrown to the caller', async () => {
    const local = saga<PlaceOrder>('local-first', { version: 1, replies })
      .step('approve')
      .local(Orders, (orders, s) => orders.approve(s.orderId, 1))
      .build();
    await world.deploy({ sagas: [local] });
    world.effects.ending.set('approve', () => {
      throw new Error('no');
    });
    await expect(world.start(local, anOrder())).rejects.toThrow('no');
    world.effects.ending.clear();
    const order = anOrder();
    const id = await world.start(local, order);
    expect(await world.saga(id)).toMatchObject({ status: 'COMPLETED' });
    expect(await effectsOf(world, order.orderId)).toEqual({ approved: 1 });
  });
});

describe('every move', () => {
  it('is published to subscribers', async () => {
    const received: SagaStepMessage[] = [];
    const listener = (message: unknown) => received.push(message as SagaStepMessage);
    sagaDiagnostics.step.subscribe(listener);
    const id = await world.start(placeOrderSaga, anOrder());
    await world.settle();
    sagaDiagnostics.step.unsubscribe(listener);
    expect(received.filter(({ sagaId }) => sagaId === id).map(({ step, status }) => `${status} ${step}`)).toEqual([
      'RUNNING check customer',
      'RUNNING reserve',
      'RUNNING pay',
      'RUNNING ship',
      'COMPLETED approve order',
    ]);
  });
});
