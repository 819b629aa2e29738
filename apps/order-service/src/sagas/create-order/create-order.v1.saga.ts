import { ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { CancelCreateTicket, ConfirmCreateTicket, CreateTicket } from '@ftgo/contracts/kitchen';
import { createOrderReplies } from '@ftgo/contracts/order';
import { saga } from '@ftgo/sagas';
import { OrderSagaSteps } from '../../order/order.saga-steps.js';
import { type CreateOrder, consumerOrder, newTicket, ticket } from './create-order.saga.js';

/**
 * As it was before cards were authorised. Nobody starts it any more; it is here for the instances that run, and may go
 * when `npm run ftgo -- saga list` shows none of this version.
 */
// biome-ignore format: a line a step
export const createOrderSagaV1 = saga<CreateOrder>('create-order', { version: 1, replies: createOrderReplies })
  .step('create order')     .done()                                         .undo(OrderSagaSteps, (orders, s) => orders.reject(s.orderId, s.refusal))
  .step('validate consumer').invoke(ValidateOrderByConsumer, consumerOrder)
  .step('create ticket')    .invoke(CreateTicket, newTicket).pivot()        .undo(CancelCreateTicket, ticket)
  .step('confirm ticket')   .invoke(ConfirmCreateTicket, ticket)
  .step('approve order')    .local(OrderSagaSteps, (orders, s) => orders.approve(s.orderId))
  .build();
