import { describe, expect, it } from 'vitest';
import { noAnswerCode, saga } from '../src/index.js';
import { given } from '../src/testing/index.js';
import {
  type About,
  CheckCustomer,
  Pay,
  placed,
  placeOrderSaga,
  Refund,
  Release,
  Reserve,
  RevisePayment,
  replies,
  revisePaymentSaga,
  Ship,
} from './shop.js';

const orderId = 7;
const shelf = 'A3';
const receipt = 99;
/** The replies that are stored in the state, by step. */
const answered = { reserve: { shelf }, pay: { receipt } };

// biome-ignore format: a line a step
describe('a saga', () => {
  it('runs its steps if all succeed', () =>
    given(placeOrderSaga, placed)
      .expect(CheckCustomer, { orderId }).reply()
      .expect(Reserve, { orderId, items: 2 }).reply({ shelf })
      .expect(Pay, { cents: 6170 }).reply({ receipt })
      .expect(Ship, { orderId }).reply()
      .expectLocal('approve order', { receipt, shelf })
      .completed());

  it('undoes the completed steps in reverse if the pivot is rejected, but not the pivot', () =>
    given(placeOrderSaga, placed)
      .skipTo('pay', answered).refuse('NO_CREDIT')
      .expect(Release, { orderId }).reply()
      .expectLocal('create order:undo', { refusal: { code: 'NO_CREDIT' } })
      .rolledBack());

  it('has nothing to undo for a step without a compensation', () =>
    given(placeOrderSaga, placed)
      .skipTo('check customer').refuse('CUSTOMER_NOT_FOUND', 'who?')
      .expectLocal('create order:undo', { refusal: { code: 'CUSTOMER_NOT_FOUND', detail: 'who?' } })
      .rolledBack());

  it('first undoes a step that may have happened', () =>
    given(placeOrderSaga, placed)
      .skipTo('pay', answered).deadline()
      .expect(Refund, { orderId }).reply()
      .expect(Release).reply()
      .expectLocal('create order:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('ignores a duplicate or late reply', () =>
    given(placeOrderSaga, placed).skipTo('ship', answered).lateReplyTo('reserve', { shelf: 'B' }).unchanged().expect(Ship));

  it('ignores the reply to a step that it has given up', () =>
    given(placeOrderSaga, placed).skipTo('pay', answered).deadline().lateReplyTo('pay', { receipt }).unchanged().expect(Refund));
});

// biome-ignore format: a line a step
describe('past its pivot, a saga', () => {
  it('resends a command until a reply arrives, with one alert at its deadline', () =>
    given(placeOrderSaga, placed, { stepDeadlineMs: 4_000 })
      .skipTo('ship', answered)
      .deadline().expect(Ship, { orderId })
      .deadline().expect(Ship, { orderId })
      .deadline().alarmed().expect(Ship, { orderId })
      .deadline().expect(Ship, { orderId }).reply()
      .expectLocal('approve order')
      .completed());

  it('is stuck while there is no reply, and continues when one arrives', () =>
    given(placeOrderSaga, placed, { stepDeadlineMs: 4_000, stuckAfter: 3 })
      .skipTo('ship', answered)
      .deadline().deadline().deadline().stuck('"ship" has no reply after 3 attempts; retrying')
      .expect(Ship).reply()
      .expectLocal('approve order')
      .completed());

  it('treats a failure reply as an error: retried, then stuck', () =>
    given(placeOrderSaga, placed, { stuckAfter: 2 })
      .skipTo('ship', answered)
      .refuse('NO').deadline()
      .expect(Ship).refuse('NO', 'still not').stuck('"ship" failed 2 times: failure reply NO: still not'));

  it('retries a local step that throws', () =>
    given(placeOrderSaga, placed, { stuckAfter: 3 })
      .skipTo('approve order', answered).failLocal('approve order').deadline()
      .failLocal('approve order').deadline()
      .failLocal('approve order', 'Error: no').stuck('"approve order" failed 3 times: Error: no')
      .operator({ act: 'retry' })
      .expectLocal('approve order')
      .completed());

  it('undoes a never-in-doubt pivot only on a failure reply, not on a missing reply', () =>
    given(revisePaymentSaga, { orderId }, { stepDeadlineMs: 4_000 })
      .expect(RevisePayment).deadline()
      .expect(RevisePayment).deadline()
      .expect(RevisePayment).deadline().alarmed()
      .expect(RevisePayment).refuse('NO_CREDIT')
      .expectLocal('begin:undo', { refusal: { code: 'NO_CREDIT' } })
      .rolledBack());
});

// biome-ignore format: a line a step
describe('a compensation', () => {
  it('is resent until a reply arrives', () =>
    given(placeOrderSaga, placed, { stepDeadlineMs: 4_000 })
      .skipTo('pay', answered).refuse('NO_CREDIT')
      .expect(Release).deadline()
      .expect(Release).deadline()
      .expect(Release).deadline().alarmed()
      .expect(Release).reply()
      .expectLocal('create order:undo')
      .rolledBack());

  it('with a failure reply is retried, then stuck; an operator can skip it', () =>
    given(placeOrderSaga, placed, { stuckAfter: 2 })
      .skipTo('pay', answered).refuse('NO_CREDIT')
      .expect(Release).refuse('NO').deadline()
      .expect(Release).refuse('NO').stuck('"reserve:undo" failed 2 times')
      .operator({ act: 'skip' })
      .expectLocal('create order:undo', { refusal: { code: 'NO_CREDIT' } })
      .rolledBack());
});

describe('a definition that throws', () => {
  const failing = saga<About>('failing', { version: 1, replies })
    .step('check customer')
    .invoke(CheckCustomer, (state) => state)
    .step('ship')
    .invoke(Ship, () => (undefined as unknown as { gone: About }).gone)
    .build();

  it('leaves the saga stuck at the step that cannot be sent', () => {
    given(failing, { orderId }).skipTo('check customer').reply().stuck('cannot create the payload of "ship": TypeError');
  });
});

describe('the test DSL', () => {
  it('reports what happened instead', () => {
    const started = () => given(placeOrderSaga, placed);
    expect(() => started().expect(Ship)).toThrow('the saga sends another command at "check customer"');
    expect(() => started().expectLocal('approve order')).toThrow(
      'the saga is RUNNING at "check customer", which sends shop.v1.CheckCustomer',
    );
    expect(() => started().expect(CheckCustomer, { orderId: 8 })).toThrow();
    expect(() => started().completed()).toThrow('RUNNING at "check customer"');
    expect(() => started().skipTo('nowhere')).toThrow();
    expect(() => started().skipTo('reserve').reply({})).toThrow('ReserveReply needs shelf');
    expect(() => started().reply().unchanged()).toThrow();
  });
});
