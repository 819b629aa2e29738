import { ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { CancelCreateTicket, ConfirmCreateTicket, CreateTicket } from '@ftgo/contracts/kitchen';
import { createOrderReplies } from '@ftgo/contracts/order';
import type { ConsumerId, Money, OrderId, RestaurantId } from '@ftgo/kernel';
import { saga } from '@ftgo/sagas';
import { OrderSagaSteps } from '../../order/order.saga-steps.js';

export interface CreateOrder {
  readonly orderId: OrderId;
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
  /** The change of the restaurant that the order was priced by: Kitchen waits until it has heard of it. */
  readonly restaurantSequence: number;
  readonly lineItems: ReadonlyArray<{ readonly menuItemId: string; readonly name: string; readonly quantity: number }>;
  readonly orderTotal: Money;
}

/**
 * Microservices Patterns, section 4.4.1. Steps after the pivot are sent until they succeed; before it, they are undone in
 * reverse. The ticket is the pivot: no step after it can be refused.
 */
// biome-ignore format: a line a step, as in the book's table
export const createOrderSaga = saga<CreateOrder>('create-order', { version: 1, replies: createOrderReplies })
  .step('create order')     .done()                                         .undo(OrderSagaSteps, (orders, s) => orders.reject(s.orderId, s.refusal))
  .step('validate consumer').invoke(ValidateOrderByConsumer, consumerOrder)
  .step('create ticket')    .invoke(CreateTicket, newTicket).pivot()        .undo(CancelCreateTicket, ticket)
  .step('confirm ticket')   .invoke(ConfirmCreateTicket, ticket)
  .step('approve order')    .local(OrderSagaSteps, (orders, s) => orders.approve(s.orderId))
  .build();

function consumerOrder({ consumerId, orderId, orderTotal }: CreateOrder) {
  return { consumerId, orderId, orderTotal };
}

function newTicket({ orderId, restaurantId, restaurantSequence, lineItems }: CreateOrder) {
  return { orderId, restaurantId, restaurantSequence, lineItems };
}

function ticket({ orderId }: CreateOrder) {
  return { ticketId: orderId };
}
