import { ReviseAuthorization } from '@ftgo/contracts/accounting';
import { BeginReviseTicket, ConfirmReviseTicket, UndoBeginReviseTicket } from '@ftgo/contracts/kitchen';
import { reviseOrderReplies } from '@ftgo/contracts/order';
import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { saga } from '@ftgo/sagas';
import { OrderSagaSteps } from '../../order/order.saga-steps.js';

export interface ReviseOrder {
  readonly orderId: OrderId;
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
  /** All lines as they will be after the revision. */
  readonly lineItems: ReadonlyArray<{ readonly menuItemId: string; readonly name: string; readonly quantity: number }>;
  /** The new total. */
  readonly orderTotal: Money;
}

/**
 * Authorising the new total is the pivot. It has no undo: an undo would have to authorise the old total again, which
 * could be rejected. So without a reply the command is sent again, and only a failure reply starts compensation.
 */
// biome-ignore format: one step per line
export const reviseOrderSaga = saga<ReviseOrder>('revise-order', { version: 1, replies: reviseOrderReplies })
  .step('begin revise')         .done()                                                             .undo(OrderSagaSteps, (orders, s) => orders.rejectRevision(s.orderId, s.refusal))
  .step('begin revise ticket')  .invoke(BeginReviseTicket, revisedTicket)                           .undo(UndoBeginReviseTicket, ticket)
  .step('revise authorization') .invoke(ReviseAuthorization, newTotal).pivot().sendAgainWhenInDoubt()
  .step('confirm revise ticket').invoke(ConfirmReviseTicket, ticket)
  .step('confirm revise')       .local(OrderSagaSteps, (orders, s) => orders.confirmRevision(s.orderId))
  .build();

function revisedTicket({ orderId, restaurantId, lineItems }: ReviseOrder) {
  return { orderId, restaurantId, lineItems };
}

function ticket({ orderId, restaurantId }: ReviseOrder) {
  return { orderId, restaurantId };
}

function newTotal({ consumerId, orderId, orderTotal }: ReviseOrder) {
  return { consumerId, orderId, orderTotal };
}
