import {
  OrderAuthorized,
  OrderCancelled,
  OrderCancelRejected,
  OrderCancelRequested,
  OrderCreated,
  OrderRejected,
  OrderRevised,
  OrderRevisionProposed,
  OrderRevisionRejected,
} from '@ftgo/contracts/order';
import { withheldAddress } from '@ftgo/ftgo';
import { type OccurredEvent, occurred } from '@ftgo/messaging';
import type { Order, OrderEvent } from './order.js';

/** The message that publishes an event. */
export function toMessage(order: Order, event: OrderEvent): OccurredEvent {
  switch (event.kind) {
    case 'OrderCreated':
      return occurred(OrderCreated, {
        consumerId: order.consumerId,
        restaurantId: order.restaurantId,
        restaurantName: event.restaurantName,
        lineItems: order.lineItems,
        orderTotal: order.total,
        deliveryAddress: withheldAddress,
        deliveryTime: order.deliveryTime,
      });
    case 'OrderAuthorized':
      return occurred(OrderAuthorized, {});
    case 'OrderRejected':
      return occurred(OrderRejected, { reason: event.reason });
    case 'OrderCancelRequested':
      return occurred(OrderCancelRequested, {});
    case 'OrderCancelRejected':
      return occurred(OrderCancelRejected, { reason: event.reason });
    case 'OrderCancelled':
      return occurred(OrderCancelled, {});
    case 'OrderRevisionProposed':
      return occurred(OrderRevisionProposed, { lineItems: event.lineItems, orderTotal: event.orderTotal });
    case 'OrderRevised':
      return occurred(OrderRevised, { lineItems: event.lineItems, orderTotal: event.orderTotal });
    case 'OrderRevisionRejected':
      return occurred(OrderRevisionRejected, { reason: event.reason });
    default:
      return event satisfies never;
  }
}
