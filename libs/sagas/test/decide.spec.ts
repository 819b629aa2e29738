import { describe, expect, it } from 'vitest';
import { ActNotPossible, awaited, decide } from '../src/decide/decide.js';
import type { OperatorAct, SagaInput } from '../src/decide/decision.js';
import { newInstance, type SagaInstance } from '../src/decide/instance.js';
import { defaultTiming } from '../src/decide/timing.js';
import { saga } from '../src/index.js';
import {
  type About,
  CheckCustomer,
  Orders,
  Pay,
  type PlaceOrder,
  placed,
  placeOrderSaga,
  replies,
  revisePaymentSaga,
  Ship,
} from './shop.js';

const begun = newInstance(placeOrderSaga, 'a', placed);
const timing = { ...defaultTiming, stuckAfter: 3 };

/** A saga at a step, as if all before it had happened. */
function at(step: string, change: Partial<SagaInstance<PlaceOrder>> = {}): SagaInstance<PlaceOrder> {
  const names = placeOrderSaga.steps.map(({ name }) => name);
  const done = names.slice(0, names.indexOf(step.replace(':undo', '')) + (step.endsWith(':undo') ? 1 : 0));
  return { ...begun, step, done, status: step.endsWith(':undo') ? 'COMPENSATING' : 'RUNNING', ...change };
}

const on = (instance: SagaInstance<PlaceOrder>, input: SagaInput) => decide(placeOrderSaga, instance, input, timing);
const operator = (act: OperatorAct): SagaInput => ({ kind: 'operator', act, by: 'olga', reason: 'the bank is down' });
const refusal = { code: 'SOLD_OUT', detail: 'no more' };
const compensate = operator({ act: 'compensate', refusal });
const unknownStep = (step: string, name = 'place-order') =>
  `no registered version of "${name}" fits version 1 at step "${step}"; register that version, then retry`;

describe('a saga that begins', () => {
  it('sends the command of the first step that did not happen with it, with a deadline', () => {
    const { instance, history, act, timer } = on(begun, { kind: 'begin' });
    expect(instance).toMatchObject({ status: 'RUNNING', step: 'check customer', done: ['create order'], resent: 0 });
    expect(history).toEqual([{ event: 'started', step: 'create order' }]);
    expect(act).toMatchObject({ kind: 'send', step: 'check customer', command: CheckCustomer, payload: { orderId: 7 }, again: false });
    expect(timer).toBe(timing.stepDeadlineMs);
  });

  it('without such a step has no step yet', () => {
    const shipping = saga<About>('shipping', { version: 1, replies })
      .step('ship')
      .invoke(Ship, (state) => state)
      .build();
    expect(newInstance(shipping, 'b', { orderId: 7 })).toMatchObject({ step: '', done: [], status: 'RUNNING' });
  });
});

describe('a reply', () => {
  const reply = (step: string): SagaInput => ({
    kind: 'reply',
    step,
    messageId: 'm',
    answer: { outcome: 'success', reply: { shelf: 'A3' } },
  });
  const ignored = (step: string, detail: string) => [{ event: 'ignored', step, messageId: 'm', detail }];

  it('to another step is ignored, with the reason in the history, and the deadline stays', () => {
    const { instance, history, timer } = on(at('pay'), reply('reserve'));
    expect([instance, history, timer]).toEqual([at('pay'), ignored('reserve', 'the saga is at "pay"'), 'keep']);
  });

  it.each(['COMPLETED', 'ROLLED_BACK'] as const)('to a saga that is %s is ignored', (status) => {
    const { history } = on(at('pay', { status }), reply('pay'));
    expect(history).toEqual(ignored('pay', 'the saga has ended'));
  });

  it('to a step that waits for none, or that was not read, is ignored', () => {
    const waitsForNone = 'the step does not wait for a reply';
    expect(on(at('approve order'), reply('approve order')).history).toEqual(ignored('approve order', waitsForNone));
    const unread: SagaInput = { kind: 'reply', step: 'pay', messageId: 'm', answer: { outcome: 'unread' } };
    expect(on(at('pay'), unread).history).toEqual(ignored('pay', waitsForNone));
  });

  it('to a step that the registered version does not have leaves the saga stuck', () => {
    const { instance, history } = on(at('pay', { step: 'wrap' }), reply('wrap'));
    const problem = unknownStep('wrap');
    expect(instance).toMatchObject({ status: 'STUCK', problem });
    expect(history).toEqual([...ignored('wrap', 'unknown step'), { event: 'stuck', step: 'wrap', detail: problem }]);
  });

  it('changes the state if its step defines that, and leads to the next step', () => {
    expect(on(at('reserve'), reply('reserve')).instance.state).toEqual({ ...placed, shelf: 'A3' });
    const { instance } = on(at('check customer'), reply('check customer'));
    expect(instance).toMatchObject({ step: 'reserve', state: placed, done: ['create order', 'check customer'] });
  });

  it('that the definition cannot take leaves the saga stuck, with the step in the history', () => {
    const taking = saga<About>('taking', { version: 1, replies })
      .step('pay')
      .invoke(Pay, ({ orderId }) => ({ orderId, cents: 1 }))
      .onReply(() => {
        throw new Error('no place');
      })
      .build();
    const instance = { ...newInstance(taking, 'c', { orderId: 7 }), step: 'pay' };
    const decision = decide(taking, instance, reply('pay'), timing);
    const problem = 'onReply of "pay" threw Error: no place';
    expect(decision.instance).toMatchObject({ status: 'STUCK', problem });
    expect(decision.history).toEqual([
      { event: 'succeeded', step: 'pay', messageId: 'm' },
      { event: 'stuck', step: 'pay', detail: problem },
    ]);
    expect(decision.timer).toBeUndefined();
  });

  it('is awaited at the current step only, if that is a command, until the saga has ended', () => {
    expect(awaited(placeOrderSaga, at('pay'), 'pay')).toBe(Pay);
    expect(awaited(placeOrderSaga, at('pay'), 'reserve')).toBeUndefined();
    expect(awaited(placeOrderSaga, at('approve order'), 'approve order')).toBeUndefined();
    expect(awaited(placeOrderSaga, at('pay', { step: 'wrap' }), 'wrap')).toBeUndefined();
    expect(awaited(placeOrderSaga, at('pay', { status: 'COMPLETED' }), 'pay')).toBeUndefined();
  });

  it.each([
    ['before the pivot begins the undoing, with its reason', 'reserve', 'COMPENSATING'],
    ['after the pivot is an error that is retried', 'ship', 'RUNNING'],
    ['to a compensation is an error that is retried', 'reserve:undo', 'COMPENSATING'],
  ])('with a failure %s', (_, step, status) => {
    const failure: SagaInput = { kind: 'reply', step, messageId: 'm', answer: { outcome: 'failure', refusal } };
    const { instance, history, timer } = on(at(step), failure);
    expect(history).toEqual([{ event: 'refused', step, messageId: 'm', detail: 'SOLD_OUT: no more' }]);
    expect(instance).toMatchObject(
      step === 'reserve'
        ? { status, step: 'create order:undo', done: ['create order'], refusal }
        : { status, step, failures: 1, problem: 'failure reply SOLD_OUT: no more' },
    );
    expect(timer).toBe(step === 'reserve' ? undefined : 1_000);
  });
});

describe('a deadline', () => {
  const timeUp = (step: string, afterMs = 5_000): SagaInput => ({ kind: 'time-up', step, afterMs });

  it('of another step, or of a saga that has ended, changes nothing', () => {
    for (const instance of [at('ship'), at('pay', { status: 'ROLLED_BACK' })]) {
      expect(on(instance, timeUp('pay'))).toEqual({ instance, history: [], timer: 'keep' });
    }
  });

  it('of a step that the registered version does not have leaves the saga stuck', () => {
    const { instance, history, timer } = on(at('pay', { step: 'wrap' }), timeUp('wrap'));
    expect(instance).toMatchObject({ status: 'STUCK', problem: unknownStep('wrap') });
    expect([history, timer]).toEqual([[{ event: 'stuck', step: 'wrap', detail: unknownStep('wrap') }], undefined]);
  });

  it('of a local step runs it again, and counts nothing', () => {
    const { instance } = on(at('approve order'), timeUp('approve order'));
    expect(instance).toEqual(at('approve order'));
    expect(on(at('approve order'), timeUp('approve order'))).toMatchObject({ act: { kind: 'local' }, history: [], timer: undefined });
  });

  it('before the pivot undoes the step too, since it may have happened', () => {
    const { instance, history, act } = on(at('reserve'), timeUp('reserve'));
    const detail = '"reserve" got no reply in time';
    expect(history).toEqual([{ event: 'no-answer', step: 'reserve', detail }]);
    expect(instance).toMatchObject({ step: 'reserve:undo', refusal: { code: 'NO_ANSWER', detail }, status: 'COMPENSATING' });
    expect(act).toMatchObject({ step: 'reserve:undo', payload: { orderId: 7 } });
  });

  it('after the pivot sends the command again, raises one alert at the deadline, and is stuck after some attempts', () => {
    const late = { ...timing, stepDeadlineMs: 10_000 };
    const sent = (instance: SagaInstance<PlaceOrder>) => decide(placeOrderSaga, instance, timeUp('ship'), late);
    const first = sent(at('ship'));
    expect(first).toMatchObject({
      instance: { resent: 1, waitedMs: 5_000, alarmed: false, problem: undefined },
      history: [],
      act: { again: true },
    });
    const second = sent(first.instance);
    const problem = (attempts: number) => `"ship" has no reply after ${attempts} attempts; retrying`;
    expect(second.instance).toMatchObject({ resent: 2, waitedMs: 10_000, alarmed: true, status: 'RUNNING', problem: problem(2) });
    expect(second.history).toEqual([{ event: 'alarm', step: 'ship', detail: problem(2) }]);
    const third = sent(second.instance);
    expect(third.instance).toMatchObject({ status: 'STUCK', problem: problem(3) });
    expect(third.history).toEqual([{ event: 'stuck', step: 'ship', detail: problem(3) }]);
    const fourth = sent(third.instance);
    expect(fourth).toMatchObject({ instance: { status: 'STUCK', problem: problem(4) }, history: [], act: { kind: 'send', again: true } });
  });

  it('is the step’s own, or the default', () => {
    const next = (step: string) => on(at(step), { kind: 'reply', step, answer: { outcome: 'success', reply: { shelf: 'A3' } } });
    expect([next('reserve').instance.step, next('reserve').timer]).toEqual(['pay', 30_000]);
    expect([next('check customer').instance.step, next('check customer').timer]).toEqual(['reserve', timing.stepDeadlineMs]);
    expect([next('pay').instance.step, next('pay').timer]).toEqual(['ship', 10_000]);
  });
});

describe('a local step', () => {
  it('that is done completes the saga after the last step', () => {
    const { instance, history, timer } = on(at('approve order', { failures: 2, problem: 'Error: no' }), { kind: 'local-done' });
    expect(instance).toMatchObject({ status: 'COMPLETED', step: 'approve order', failures: 0, problem: undefined });
    expect(history).toEqual([
      { event: 'succeeded', step: 'approve order' },
      { event: 'completed', step: 'approve order' },
    ]);
    expect(timer).toBeUndefined();
  });

  it('that fails is retried after growing pauses, forever, and shown as stuck once', () => {
    const fails = (instance: SagaInstance<PlaceOrder>) => on(instance, { kind: 'local-failed', error: 'Error: no' });
    const failed = { event: 'failed', step: 'approve order', detail: 'Error: no' };
    const first = fails(at('approve order'));
    expect(first).toMatchObject({ instance: { status: 'RUNNING', failures: 1, problem: 'Error: no' }, history: [failed], timer: 1_000 });
    const third = fails(fails(first.instance).instance);
    const problem = '"approve order" failed 3 times: Error: no';
    expect(third).toMatchObject({ instance: { status: 'STUCK', problem }, timer: 4_000 });
    expect(third.history).toEqual([failed, { event: 'stuck', step: 'approve order', detail: problem }]);
    expect(fails(third.instance)).toMatchObject({ instance: { status: 'STUCK', failures: 4 }, history: [failed], timer: 8_000 });
    expect(fails(third.instance).history).toEqual([failed]);
  });

  it('is run by the service that owns the saga', async () => {
    const { act } = on(at('approve order', { state: { ...placed, receipt: 99 } }), { kind: 'time-up', step: 'approve order', afterMs: 1 });
    const approved: unknown[] = [];
    const orders = { approve: async (...args: unknown[]) => void approved.push(args), reject: async () => undefined };
    await (act?.kind === 'local' ? act.run(orders) : undefined);
    expect(approved).toEqual([[7, 99]]);
  });

  it('that undoes the first step rolls the saga back, which keeps what it was', () => {
    const undoing = at('create order:undo', { refusal });
    const { instance, history } = on(undoing, { kind: 'local-done' });
    expect(instance).toEqual({ ...undoing, status: 'ROLLED_BACK', done: [] });
    expect(history.at(-1)).toEqual({ event: 'rolled-back', step: 'create order:undo' });
  });

  it('gets the state, and as a compensation also why', () => {
    expect(on(at('approve order'), { kind: 'time-up', step: 'approve order', afterMs: 1 }).act).toMatchObject({
      service: Orders,
      state: placed,
    });
    const undone = on(at('reserve:undo', { refusal }), { kind: 'reply', step: 'reserve:undo', answer: { outcome: 'success', reply: {} } });
    expect(undone.act).toMatchObject({ kind: 'local', step: 'create order:undo', state: { ...placed, refusal } });
    expect(undone.history).toEqual([{ event: 'succeeded', step: 'reserve:undo', messageId: undefined }]);
  });
});

describe('a command that cannot be written', () => {
  it('leaves the saga stuck', () => {
    const { instance } = on(at('pay'), { kind: 'unsendable', error: 'too large' });
    expect(instance).toMatchObject({ status: 'STUCK', problem: 'cannot send the command of "pay": too large' });
  });
});

describe('the undoing of a step that the registered version does not have', () => {
  it('leaves the saga stuck at it', () => {
    const { instance } = on(at('pay', { done: ['create order', 'wrap'] }), compensateStep());
    expect(instance).toMatchObject({ status: 'STUCK', step: 'wrap:undo', done: ['create order', 'wrap'], problem: unknownStep('wrap') });
  });

  /** A rejected pivot is not undone itself: the step before it is the first. */
  const compensateStep = (): SagaInput => ({ kind: 'reply', step: 'pay', answer: { outcome: 'failure', refusal } });
});

describe('an operator', () => {
  const entry = (event: string, step: string) => ({ event, step, detail: 'the bank is down', operator: 'olga' });
  const tired = { failures: 9, resent: 5, waitedMs: 9_000, alarmed: true, status: 'STUCK', problem: 'no reply' } as const;
  const rested = { failures: 0, resent: 0, waitedMs: 0, alarmed: false, problem: undefined };

  it('retries a step from the start', () => {
    const { instance, history, act } = on(at('ship', tired), operator({ act: 'retry' }));
    expect(instance).toMatchObject({ ...rested, status: 'RUNNING', step: 'ship' });
    expect([history, act]).toMatchObject([[entry('retried-by-operator', 'ship')], { kind: 'send', again: true }]);
  });

  it('retries a saga that has not begun, from its first command', () => {
    expect(on(begun, operator({ act: 'retry' }))).toMatchObject({ instance: { step: 'check customer' }, act: { step: 'check customer' } });
  });

  it('retries a compensation as one', () => {
    const { instance, act } = on(at('reserve:undo', tired), operator({ act: 'retry' }));
    expect([instance.status, act]).toMatchObject(['COMPENSATING', { step: 'reserve:undo' }]);
  });

  it('skips a step as if it had succeeded', () => {
    const { instance, history } = on(at('ship', tired), operator({ act: 'skip' }));
    expect(instance).toMatchObject({
      status: 'RUNNING',
      step: 'approve order',
      done: ['create order', 'check customer', 'reserve', 'pay', 'ship'],
    });
    expect(history).toEqual([entry('skipped-by-operator', 'ship')]);
  });

  it('compensates a saga, with the step in doubt', () => {
    const { instance, history } = on(at('reserve', tired), compensate);
    expect(instance).toMatchObject({ ...rested, status: 'COMPENSATING', step: 'reserve:undo', refusal });
    expect(history).toEqual([entry('compensated-by-operator', 'reserve')]);
  });

  it('compensates a saga at a local step, which has not happened', () => {
    const checking = saga<About>('checking', { version: 1, replies })
      .step('reserve')
      .invoke(CheckCustomer, (state) => state)
      .undo(Ship, (state) => state)
      .step('note')
      .local(Orders, (orders, { orderId }) => orders.approve(orderId, undefined))
      .undo(Orders, (orders, { orderId, refusal }) => orders.reject(orderId, refusal))
      .build();
    const instance = { ...newInstance(checking, 'd', { orderId: 7 }), step: 'note', done: ['reserve'] };
    expect(decide(checking, instance, compensate, timing).instance).toMatchObject({ step: 'reserve:undo', done: ['reserve'], refusal });
  });

  it.each(['COMPLETED', 'ROLLED_BACK'] as const)('resolves a saga as %s', (status) => {
    const { instance, history, act, timer } = on(at('ship', tired), operator({ act: 'resolve', status }));
    expect(instance).toMatchObject({ ...rested, status, step: 'ship' });
    const event = status === 'COMPLETED' ? 'completed' : 'rolled-back';
    expect([history, act, timer]).toEqual([[entry('resolved-by-operator', 'ship'), { event, step: 'ship' }], undefined, undefined]);
  });

  it('cannot act on a saga that has ended', () => {
    const ended = at('ship', { status: 'COMPLETED' });
    const failure = new ActNotPossible('the saga has already ended: its status is COMPLETED');
    expect(() => on(ended, operator({ act: 'retry' }))).toThrow(failure);
    expect(failure).toMatchObject({ code: 'SAGA_ACT_NOT_POSSIBLE', kind: 'conflict' });
  });

  it.each([
    ['that is being undone', at('reserve:undo'), 'the saga is already being undone; retry or skip its step, or resolve the saga'],
    ['past its pivot', at('ship'), 'the saga is past its pivot; retry or skip its step, or resolve the saga'],
    ['at a step that the registered version does not have', at('pay', { step: 'wrap' }), unknownStep('wrap')],
  ])('cannot compensate a saga %s', (_, instance, problem) => {
    expect(() => on(instance, compensate)).toThrow(new ActNotPossible(problem));
  });

  it('cannot compensate a saga at a step that is never undone when in doubt', () => {
    const instance = { ...newInstance(revisePaymentSaga, 'e', { orderId: 7 }), step: 'revise payment' };
    const problem = '"revise payment" may have happened and is never undone when in doubt; retry or skip it, or resolve the saga';
    expect(() => decide(revisePaymentSaga, instance, compensate, timing)).toThrow(new ActNotPossible(problem));
  });

  it.each(['retry', 'skip'] as const)('cannot %s a step that the registered version does not have', (act) => {
    const { instance, history } = on(at('pay', { step: 'wrap' }), operator({ act }));
    expect(instance).toMatchObject({ status: 'STUCK', problem: unknownStep('wrap') });
    expect(history.map(({ event }) => event)).toEqual([act === 'retry' ? 'retried-by-operator' : 'skipped-by-operator', 'stuck']);
  });
});
