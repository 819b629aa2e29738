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
const tooDear = { code: 'CREDIT_LIMIT_EXCEEDED', detail: '123.40 is over the limit' };

describe('the revise order saga', () => {
  it('revises the order when kitchen and accounting agree', () =>
    given(reviseOrderSaga, revision)
      .expect(BeginReviseTicket, { orderId: 17, restaurantId: 1, lineItems })
      .reply()
      .expect(ReviseAuthorization, { consumerId: 3, orderId: 17, orderTotal })
      .reply()
      .expect(ConfirmReviseTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('confirm revise', { orderId: orderId(17) })
      .completed());

  it('leaves the order as it was when the kitchen is too far', () =>
    given(reviseOrderSaga, revision)
      .expect(BeginReviseTicket)
      .refuse('TICKET_NOT_REVISABLE')
      .expectLocal('begin revise:undo', { refusal: { code: 'TICKET_NOT_REVISABLE' } })
      .rolledBack());

  it('takes back a revision that may have begun when Kitchen does not answer in time', () =>
    given(reviseOrderSaga, revision)
      .expect(BeginReviseTicket)
      .deadline()
      .expect(UndoBeginReviseTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('begin revise:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('frees the ticket before the order when the new total is refused', () =>
    given(reviseOrderSaga, revision)
      .skipTo('revise authorization')
      .refuse(tooDear.code, tooDear.detail)
      .expect(UndoBeginReviseTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('begin revise:undo', { refusal: tooDear })
      .rolledBack());

  it('never takes back an authorisation in doubt: it alarms, and asks until there is an answer', () =>
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

  it('leads back when the authorisation in doubt turns out to be refused', () =>
    given(reviseOrderSaga, revision)
      .skipTo('revise authorization')
      .deadline()
      .refuse(tooDear.code, tooDear.detail)
      .expect(UndoBeginReviseTicket)
      .reply()
      .expectLocal('begin revise:undo', { refusal: tooDear })
      .rolledBack());

  it('confirms the ticket until Kitchen answers, however long that takes', () =>
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
