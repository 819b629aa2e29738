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
/** What those answer whose answers are kept in the state. */
const answered = { reserve: { shelf }, pay: { receipt } };

// biome-ignore format: a line a step
describe('a saga', () => {
  it('goes through its steps when everyone agrees', () =>
    given(placeOrderSaga, placed)
      .expect(CheckCustomer, { orderId }).reply()
      .expect(Reserve, { orderId, items: 2 }).reply({ shelf })
      .expect(Pay, { cents: 6170 }).reply({ receipt })
      .expect(Ship, { orderId }).reply()
      .expectLocal('approve order', { receipt, shelf })
      .completed());

  it('undoes in reverse what was done when the pivot is refused, but not the pivot', () =>
    given(placeOrderSaga, placed)
      .skipTo('pay', answered).refuse('NO_CREDIT')
      .expect(Release, { orderId }).reply()
      .expectLocal('create order:undo', { refusal: { code: 'NO_CREDIT' } })
      .rolledBack());

  it('has nothing to undo of a step without a compensation', () =>
    given(placeOrderSaga, placed)
      .skipTo('check customer').refuse('CUSTOMER_NOT_FOUND', 'who?')
      .expectLocal('create order:undo', { refusal: { code: 'CUSTOMER_NOT_FOUND', detail: 'who?' } })
      .rolledBack());

  it('undoes first a step that may have happened', () =>
    given(placeOrderSaga, placed)
      .skipTo('pay', answered).deadline()
      .expect(Refund, { orderId }).reply()
      .expect(Release).reply()
      .expectLocal('create order:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('ignores an answer that comes twice or late', () =>
    given(placeOrderSaga, placed).skipTo('ship', answered).lateReplyTo('reserve', { shelf: 'B' }).unchanged().expect(Ship));

  it('ignores the answer to a step that it has given up', () =>
    given(placeOrderSaga, placed).skipTo('pay', answered).deadline().lateReplyTo('pay', { receipt }).unchanged().expect(Refund));
});

// biome-ignore format: a line a step
describe('past its pivot, a saga', () => {
  it('sends a step again until it is answered, with one alarm at its deadline', () =>
    given(placeOrderSaga, placed, { stepDeadlineMs: 4_000 })
      .skipTo('ship', answered)
      .deadline().expect(Ship, { orderId })
      .deadline().expect(Ship, { orderId })
      .deadline().alarmed().expect(Ship, { orderId })
      .deadline().expect(Ship, { orderId }).reply()
      .expectLocal('approve order')
      .completed());

  it('is shown as stuck when nobody answers, and goes on when somebody does', () =>
    given(placeOrderSaga, placed, { stepDeadlineMs: 4_000, stuckAfter: 3 })
      .skipTo('ship', answered)
      .deadline().deadline().deadline().stuck('"ship" has no answer after 3 sendings; it is sent again')
      .expect(Ship).reply()
      .expectLocal('approve order')
      .completed());

  it('takes a refusal for a fault: tried again, then stuck', () =>
    given(placeOrderSaga, placed, { stuckAfter: 2 })
      .skipTo('ship', answered)
      .refuse('NO').deadline()
      .expect(Ship).refuse('NO', 'still not').stuck('"ship" failed 2 times: refused with NO: still not'));

  it('tries a local step again that throws', () =>
    given(placeOrderSaga, placed, { stuckAfter: 3 })
      .skipTo('approve order', answered).failLocal('approve order').deadline()
      .failLocal('approve order').deadline()
      .failLocal('approve order', 'Error: no').stuck('"approve order" failed 3 times: Error: no')
      .operator({ act: 'retry' })
      .expectLocal('approve order')
      .completed());

  it('never undoes for want of an answer a pivot that says so; only when it is refused', () =>
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
  it('is sent again until it is answered', () =>
    given(placeOrderSaga, placed, { stepDeadlineMs: 4_000 })
      .skipTo('pay', answered).refuse('NO_CREDIT')
      .expect(Release).deadline()
      .expect(Release).deadline()
      .expect(Release).deadline().alarmed()
      .expect(Release).reply()
      .expectLocal('create order:undo')
      .rolledBack());

  it('that is refused is tried again, then stuck; an operator can go on without it', () =>
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
    given(failing, { orderId }).skipTo('check customer').reply().stuck('the payload of "ship" cannot be made: TypeError');
  });
});

describe('the test language', () => {
  it('says what happened instead', () => {
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
