import { describe, it } from 'vitest';
import { given } from '../src/testing/index.js';
import { CheckCustomer, Pay, placed, placeOrderSaga, Refund, Release, Reserve, RevisePayment, revisePaymentSaga, Ship } from './shop.js';

describe('a saga', () => {
  it('goes through its steps when everyone agrees', () => {
    given(placeOrderSaga, placed)
      .expect(CheckCustomer, { orderId: 7 })
      .reply()
      .expect(Reserve, { orderId: 7, items: 2 })
      .reply({ shelf: 'A3' })
      .expect(Pay, { cents: 6170 })
      .reply({ receipt: 99 })
      .expect(Ship, { orderId: 7 })
      .reply()
      .expectLocal('approve order', { receipt: 99, shelf: 'A3' })
      .completed();
  });

  it('undoes in reverse what was done when the pivot is refused', () => {
    given(placeOrderSaga, placed)
      .skipTo('pay', { reserve: { shelf: 'A3' } })
      .refuse('NO_CREDIT')
      .expect(Release, { orderId: 7 })
      .reply()
      .expectLocal('create order:undo', { refusal: { code: 'NO_CREDIT' } })
      .rolledBack();
  });

  it('undoes first a step that may have happened', () => {
    given(placeOrderSaga, placed)
      .skipTo('pay', { reserve: { shelf: 'A3' } })
      .deadline()
      .expect(Refund, { orderId: 7 })
      .reply()
      .expect(Release)
      .reply()
      .expectLocal('create order:undo', { refusal: { code: 'NO_ANSWER' } })
      .rolledBack();
  });

  it('ignores an answer that comes twice or late', () => {
    given(placeOrderSaga, placed)
      .skipTo('ship', { reserve: { shelf: 'A3' }, pay: { receipt: 1 } })
      .lateReplyTo('reserve', { shelf: 'B' })
      .unchanged();
  });

  it('sends a pivot in doubt again, with an alarm, and undoes it only when it is refused', () => {
    given(revisePaymentSaga, { orderId: 7 }, { stepDeadlineMs: 4_000 })
      .expect(RevisePayment)
      .deadline()
      .expect(RevisePayment)
      .deadline()
      .expect(RevisePayment)
      .deadline()
      .alarmed()
      .expect(RevisePayment)
      .refuse('NO_CREDIT')
      .expectLocal('begin:undo', { refusal: { code: 'NO_CREDIT' } })
      .rolledBack();
  });
});
