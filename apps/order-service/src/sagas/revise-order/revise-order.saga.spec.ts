import { ReviseAuthorization } from '@ftgo/contracts/accounting';
import { BeginReviseTicket, ConfirmReviseTicket, UndoBeginReviseTicket } from '@ftgo/contracts/kitchen';
import { consumerId, orderId, restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { noAnswerCode } from '@ftgo/sagas';
import { given } from '@ftgo/sagas/testing';
import { describe, it } from 'vitest';
import { type ReviseOrder, reviseOrderSaga } from './revise-order.saga.js';

const revision: ReviseOrder = {
  orderId: orderId(17),
  consumerId: consumerId(3),
  restaurantId: restaurantId(1),
  lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 10 }],
  orderTotal: Money.of('123.40'),
};
const { lineItems, orderTotal } = revision;
const overLimit = { code: 'CREDIT_LIMIT_EXCEEDED', detail: '123.40 exceeds the credit limit' };

describe('the revise order saga', () => {
  it('revises the order when Kitchen and Accounting agree', () =>
    given(reviseOrderSaga, revision)
      .expect(BeginReviseTicket, { orderId: 17, restaurantId: 1, lineItems })
      .reply()
      .expect(ReviseAuthorization, { consumerId: 3, orderId: 17, orderTotal })
      .reply()
      .expect(ConfirmReviseTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('confirm revise', { orderId: orderId(17) })
      .completed());

  it('restores the order when the ticket can no longer be revised', () =>
    given(reviseOrderSaga, revision)
      .expect(BeginReviseTicket)
      .refuse('TICKET_NOT_REVISABLE')
      .expectLocal('begin revise:undo', { refusal: { code: 'TICKET_NOT_REVISABLE' } })
      .rolledBack());

  it('undoes a revision that may have begun when Kitchen does not reply in time', () =>
    given(reviseOrderSaga, revision)
      .expect(BeginReviseTicket)
      .deadline()
      .expect(UndoBeginReviseTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('begin revise:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('undoes the ticket, then the order, when the new total is rejected', () =>
    given(reviseOrderSaga, revision)
      .skipTo('revise authorization')
      .refuse(overLimit.code, overLimit.detail)
      .expect(UndoBeginReviseTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('begin revise:undo', { refusal: overLimit })
      .rolledBack());

  it('never undoes an authorisation in doubt: raises an alert and retries until Accounting replies', () =>
    given(reviseOrderSaga, revision, { stepDeadlineMs: 4_000 })
      .skipTo('revise authorization')
      .deadline()
      .expect(ReviseAuthorization, { orderTotal })
      .deadline()
      .expect(ReviseAuthorization, { orderTotal })
      .deadline()
      .alarmed()
      .expect(ReviseAuthorization, { orderTotal })
      .reply()
      .expect(ConfirmReviseTicket)
      .reply()
      .expectLocal('confirm revise')
      .completed());

  it('compensates when the authorisation in doubt turns out to be rejected', () =>
    given(reviseOrderSaga, revision)
      .skipTo('revise authorization')
      .deadline()
      .refuse(overLimit.code, overLimit.detail)
      .expect(UndoBeginReviseTicket)
      .reply()
      .expectLocal('begin revise:undo', { refusal: overLimit })
      .rolledBack());

  it('retries the confirmation of the ticket until Kitchen replies', () =>
    given(reviseOrderSaga, revision)
      .skipTo('confirm revise ticket')
      .deadline()
      .expect(ConfirmReviseTicket)
      .deadline()
      .expect(ConfirmReviseTicket)
      .reply()
      .expectLocal('confirm revise')
      .completed());
});
