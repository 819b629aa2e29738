import { ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { CancelCreateTicket, ConfirmCreateTicket, CreateTicket } from '@ftgo/contracts/kitchen';
import { createOrderReplies } from '@ftgo/contracts/order';
import { saga } from '@ftgo/sagas';
import { OrderSagaSteps } from '../../order/order.saga-steps.js';
import { type CreateOrder, consumerOrder, newTicket, ticket } from './create-order.saga.js';

/**
 * Version 1, from before cards were authorised. No code starts it any more; it exists for instances still in progress and
 * can be deleted when `npm run ftgo -- saga list` shows none of this version.
 */
// biome-ignore format: one step per line
export const createOrderSagaV1 = saga<CreateOrder>('create-order', { version: 1, replies: createOrderReplies })
  .step('create order')     .done()                                         .undo(OrderSagaSteps, (orders, s) => orders.reject(s.orderId, s.refusal))
  .step('validate consumer').invoke(ValidateOrderByConsumer, consumerOrder)
  .step('create ticket')    .invoke(CreateTicket, newTicket).pivot()        .undo(CancelCreateTicket, ticket)
  .step('confirm ticket')   .invoke(ConfirmCreateTicket, ticket)
  .step('approve order')    .local(OrderSagaSteps, (orders, s) => orders.approve(s.orderId))
  .build();
