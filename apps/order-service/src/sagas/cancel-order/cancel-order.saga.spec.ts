import { ReverseAuthorization } from '@ftgo/contracts/accounting';
import { BeginCancelTicket, ConfirmCancelTicket, UndoBeginCancelTicket } from '@ftgo/contracts/kitchen';
import { consumerId, orderId, restaurantId } from '@ftgo/ftgo';
import { noAnswerCode } from '@ftgo/sagas';
import { given } from '@ftgo/sagas/testing';
import { describe, it } from 'vitest';
import { type CancelOrder, cancelOrderSaga } from './cancel-order.saga.js';

const anOrder: CancelOrder = { orderId: orderId(17), consumerId: consumerId(3), restaurantId: restaurantId(1) };
const beingPrepared = { code: 'TICKET_NOT_CANCELLABLE', detail: 'cannot cancel ticket 17 in state PREPARING' };

describe('the cancel order saga', () => {
  it('cancels the ticket, reverses the authorisation and cancels the order', () =>
    given(cancelOrderSaga, anOrder)
      .expect(BeginCancelTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expect(ReverseAuthorization, { consumerId: 3, orderId: 17 })
      .reply()
      .expect(ConfirmCancelTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('confirm cancel', { orderId: orderId(17) })
      .completed());

  it('restores the order when the ticket can no longer be cancelled', () =>
    given(cancelOrderSaga, anOrder)
      .expect(BeginCancelTicket)
      .refuse(beingPrepared.code, beingPrepared.detail)
      .expectLocal('begin cancel:undo', { refusal: beingPrepared })
      .rolledBack());

  it('undoes a cancellation that may have begun when Kitchen does not reply in time', () =>
    given(cancelOrderSaga, anOrder)
      .expect(BeginCancelTicket)
      .deadline()
      .expect(UndoBeginCancelTicket, { orderId: 17, restaurantId: 1 })
      .reply()
      .expectLocal('begin cancel:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('does not cancel when the reply of Kitchen is late', () =>
    given(cancelOrderSaga, anOrder)
      .expect(BeginCancelTicket)
      .deadline()
      .lateReplyTo('begin cancel ticket')
      .unchanged()
      .expect(UndoBeginCancelTicket)
      .reply()
      .expectLocal('begin cancel:undo')
      .rolledBack());

  it('retries the reversal until Accounting replies, once the ticket is being cancelled', () =>
    given(cancelOrderSaga, anOrder)
      .skipTo('reverse authorization')
      .deadline()
      .expect(ReverseAuthorization)
      .deadline()
      .expect(ReverseAuthorization)
      .reply()
      .skipTo('confirm cancel')
      .expectLocal('confirm cancel')
      .completed());

  it('retries the confirmation of the ticket until Kitchen replies', () =>
    given(cancelOrderSaga, anOrder)
      .skipTo('confirm cancel ticket')
      .deadline()
      .expect(ConfirmCancelTicket)
      .deadline()
      .expect(ConfirmCancelTicket)
      .reply()
      .expectLocal('confirm cancel')
      .completed());

  it('ignores a duplicate reply', () =>
    given(cancelOrderSaga, anOrder).skipTo('confirm cancel ticket').lateReplyTo('reverse authorization').unchanged());
});
