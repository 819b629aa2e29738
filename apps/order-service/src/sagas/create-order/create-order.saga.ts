import { AuthorizeCard, ReverseAuthorization } from '@ftgo/contracts/accounting';
import { ValidateOrderByConsumer } from '@ftgo/contracts/consumer';
import { CancelCreateTicket, ConfirmCreateTicket, CreateTicket } from '@ftgo/contracts/kitchen';
import { createOrderReplies } from '@ftgo/contracts/order';
import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { saga } from '@ftgo/sagas';
import { OrderSagaSteps } from '../../order/order.saga-steps.js';

export interface CreateOrder {
  readonly orderId: OrderId;
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
  /** Sequence of the restaurant's change that the order was priced with; Kitchen defers until it has applied it. */
  readonly restaurantSequence: number;
  readonly lineItems: ReadonlyArray<{ readonly menuItemId: string; readonly name: string; readonly quantity: number }>;
  readonly orderTotal: Money;
}

/**
 * Microservices Patterns, section 4.4.1. Steps after the pivot are retried until they succeed; steps before it are
 * compensated in reverse order. Version 1 did not authorise cards.
 */
// biome-ignore format: one step per line, as in the book's table
export const createOrderSaga = saga<CreateOrder>('create-order', { version: 2, replies: createOrderReplies })
  .step('create order')     .done()                                       .undo(OrderSagaSteps, (orders, s) => orders.reject(s.orderId, s.refusal))
  .step('validate consumer').invoke(ValidateOrderByConsumer, consumerOrder)
  .step('create ticket')    .invoke(CreateTicket, newTicket)              .undo(CancelCreateTicket, ticket)
  .step('authorize card')   .invoke(AuthorizeCard, consumerOrder).pivot() .undo(ReverseAuthorization, consumerOrder)
  .step('confirm ticket')   .invoke(ConfirmCreateTicket, ticket)
  .step('approve order')    .local(OrderSagaSteps, (orders, s) => orders.approve(s.orderId))
  .build();

export function consumerOrder({ consumerId, orderId, orderTotal }: CreateOrder) {
  return { consumerId, orderId, orderTotal };
}

export function newTicket({ orderId, restaurantId, restaurantSequence, lineItems }: CreateOrder) {
  return { orderId, restaurantId, restaurantSequence, lineItems };
}

export function ticket({ orderId }: CreateOrder) {
  return { ticketId: orderId };
}
