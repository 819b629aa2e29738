import { AuthorizeCard, ReverseAuthorization } from '@ftgo/contracts/accounting';
import { ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { CancelCreateTicket, ConfirmCreateTicket, CreateTicket } from '@ftgo/contracts/kitchen';
import { consumerId, orderId, restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { noAnswerCode } from '@ftgo/sagas';
import { given } from '@ftgo/sagas/testing';
import { describe, it } from 'vitest';
import { type CreateOrder, createOrderSaga } from './create-order.saga.js';
import { createOrderSagaV1 } from './create-order.v1.saga.js';

const placedOrder: CreateOrder = {
  orderId: orderId(17),
  consumerId: consumerId(3),
  restaurantId: restaurantId(1),
  restaurantSequence: 4,
  lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }],
  orderTotal: Money.of('61.70'),
};
const { orderTotal, lineItems } = placedOrder;

describe('the create order saga', () => {
  it('approves the order when every step succeeds', () =>
    given(createOrderSaga, placedOrder)
      .expect(ValidateOrderByConsumer, { consumerId: 3, orderId: 17, orderTotal })
      .reply()
      .expect(CreateTicket, { orderId: 17, restaurantId: 1, restaurantSequence: 4, lineItems })
      .reply({ ticketId: 17 })
      .expect(AuthorizeCard, { consumerId: 3, orderId: 17, orderTotal })
      .reply({ authorizationId: 5 })
      .expect(ConfirmCreateTicket, { ticketId: 17 })
      .reply()
      .expectLocal('approve order')
      .completed());

  it('rejects the order of an unknown consumer', () =>
    given(createOrderSaga, placedOrder)
      .expect(ValidateOrderByConsumer)
      .refuse('CONSUMER_NOT_FOUND', 'consumer 3 not found')
      .expectLocal('create order:undo', { orderId: orderId(17), refusal: { code: 'CONSUMER_NOT_FOUND', detail: 'consumer 3 not found' } })
      .rolledBack());

  it('rejects the order when the consumer is not validated in time; there is nothing to undo', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('validate consumer')
      .deadline()
      .expectLocal('create order:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('rejects the order when Kitchen rejects the ticket; there is none to cancel', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('create ticket')
      .refuse('MENU_ITEM_NOT_OFFERED')
      .expectLocal('create order:undo', { refusal: { code: 'MENU_ITEM_NOT_OFFERED' } })
      .rolledBack());

  it('cancels a ticket that may exist before rejecting the order when Kitchen does not reply in time', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('create ticket')
      .deadline()
      .expect(CancelCreateTicket, { ticketId: 17 })
      .reply()
      .expectLocal('create order:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('does not approve an order whose ticket is created too late', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('create ticket')
      .deadline()
      .lateReplyTo('create ticket', { ticketId: 17 })
      .unchanged()
      .expect(CancelCreateTicket)
      .reply()
      .expectLocal('create order:undo')
      .rolledBack());

  it.each(['ACCOUNT_DISABLED', 'CREDIT_LIMIT_EXCEEDED', 'ACCOUNT_NOT_FOUND'] as const)(
    'cancels the ticket and rejects the order when the card is declined: %s',
    (code) =>
      given(createOrderSaga, placedOrder)
        .skipTo('authorize card')
        .refuse(code)
        .expect(CancelCreateTicket, { ticketId: 17 })
        .reply()
        .expectLocal('create order:undo', { refusal: { code } })
        .rolledBack(),
  );

  it('reverses a possible authorisation, then cancels the ticket, when Accounting does not reply in time', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('authorize card')
      .deadline()
      .expect(ReverseAuthorization, { consumerId: 3, orderId: 17 })
      .reply()
      .expect(CancelCreateTicket, { ticketId: 17 })
      .reply()
      .expectLocal('create order:undo', { refusal: { code: noAnswerCode } })
      .rolledBack());

  it('does not approve an order whose card is authorised too late', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('authorize card')
      .deadline()
      .lateReplyTo('authorize card', { authorizationId: 5 })
      .unchanged()
      .expect(ReverseAuthorization));

  it('retries the confirmation of the ticket until Kitchen replies', () =>
    given(createOrderSaga, placedOrder)
      .skipTo('confirm ticket')
      .deadline()
      .expect(ConfirmCreateTicket, { ticketId: 17 })
      .deadline()
      .expect(ConfirmCreateTicket, { ticketId: 17 })
      .reply()
      .expectLocal('approve order')
      .completed());

  it('ignores a duplicate or late reply', () =>
    given(createOrderSaga, placedOrder).skipTo('confirm ticket').lateReplyTo('create ticket', { ticketId: 17 }).unchanged());
});

describe('the create order saga of version 1', () => {
  it('ends without authorising a card', () =>
    given(createOrderSagaV1, placedOrder)
      .skipTo('create ticket')
      .reply({ ticketId: 17 })
      .expect(ConfirmCreateTicket, { ticketId: 17 })
      .reply()
      .expectLocal('approve order')
      .completed());

  it('still compensates', () =>
    given(createOrderSagaV1, placedOrder)
      .skipTo('create ticket')
      .deadline()
      .expect(CancelCreateTicket, { ticketId: 17 })
      .reply()
      .expectLocal('create order:undo')
      .rolledBack());
});
