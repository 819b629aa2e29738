import { ReverseAuthorization } from '@ftgo/contracts/accounting';
import { BeginCancelTicket, ConfirmCancelTicket, UndoBeginCancelTicket } from '@ftgo/contracts/kitchen';
import { cancelOrderReplies } from '@ftgo/contracts/order';
import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import { saga } from '@ftgo/sagas';
import { OrderSagaSteps } from '../../order/order.saga-steps.js';

export interface CancelOrder {
  readonly orderId: OrderId;
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
}

/**
 * The ticket is the pivot: only Kitchen knows whether it can still be cancelled. After it, the authorisation is reversed
 * and the order cancelled, however long that takes.
 */
// biome-ignore format: one step per line
export const cancelOrderSaga = saga<CancelOrder>('cancel-order', { version: 1, replies: cancelOrderReplies })
  .step('begin cancel')         .done()                                      .undo(OrderSagaSteps, (orders, s) => orders.undoCancel(s.orderId, s.refusal))
  .step('begin cancel ticket')  .invoke(BeginCancelTicket, ticket).pivot()   .undo(UndoBeginCancelTicket, ticket)
  .step('reverse authorization').invoke(ReverseAuthorization, authorization)
  .step('confirm cancel ticket').invoke(ConfirmCancelTicket, ticket)
  .step('confirm cancel')       .local(OrderSagaSteps, (orders, s) => orders.confirmCancel(s.orderId))
  .build();

function ticket({ orderId, restaurantId }: CancelOrder) {
  return { orderId, restaurantId };
}

function authorization({ consumerId, orderId }: CancelOrder) {
  return { consumerId, orderId };
}
