import { event, type PayloadOf } from '@ftgo/messaging';
import { allReplyChannels, orderEvents } from './channels.js';
import { message } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import * as events from './gen/ftgo/order/v1/events_pb.js';
import { OrderSchema } from './gen/ftgo/order/v1/order_pb.js';
import type * as rpc from './gen/ftgo/order/v1/service_pb.js';
import { topicsOf } from './topics.js';

export { cancelOrderReplies, createOrderReplies, reviseOrderReplies } from './channels.js';

export const OrderCreated = event(orderEvents, message(events.OrderCreatedSchema));
export type OrderCreated = PayloadOf<typeof OrderCreated>;

export const OrderAuthorized = event(orderEvents, message(events.OrderAuthorizedSchema));
export type OrderAuthorized = PayloadOf<typeof OrderAuthorized>;

export const OrderRejected = event(orderEvents, message(events.OrderRejectedSchema));
export type OrderRejected = PayloadOf<typeof OrderRejected>;

export const OrderCancelRequested = event(orderEvents, message(events.OrderCancelRequestedSchema));
export type OrderCancelRequested = PayloadOf<typeof OrderCancelRequested>;

export const OrderCancelRejected = event(orderEvents, message(events.OrderCancelRejectedSchema));
export type OrderCancelRejected = PayloadOf<typeof OrderCancelRejected>;

export const OrderCancelled = event(orderEvents, message(events.OrderCancelledSchema));
export type OrderCancelled = PayloadOf<typeof OrderCancelled>;

export const OrderRevisionProposed = event(orderEvents, message(events.OrderRevisionProposedSchema));
export type OrderRevisionProposed = PayloadOf<typeof OrderRevisionProposed>;

export const OrderRevised = event(orderEvents, message(events.OrderRevisedSchema));
export type OrderRevised = PayloadOf<typeof OrderRevised>;

export const OrderRevisionRejected = event(orderEvents, message(events.OrderRevisionRejectedSchema));
export type OrderRevisionRejected = PayloadOf<typeof OrderRevisionRejected>;

export const orderTopics = topicsOf(orderEvents, ...allReplyChannels);

export { OrderService as OrderServiceApi } from './gen/ftgo/order/v1/service_pb.js';
export type OrderDetails = PlainOf<typeof OrderSchema>;
/** An order in protobuf, for clients that ask for it over HTTP. */
export const OrderMessage = message(OrderSchema);
export type CreateOrderRequest = PlainOf<typeof rpc.CreateOrderRequestSchema>;
export type CreateOrderResponse = PlainOf<typeof rpc.CreateOrderResponseSchema>;
export type CancelOrderRequest = PlainOf<typeof rpc.CancelOrderRequestSchema>;
export type CancelOrderResponse = PlainOf<typeof rpc.CancelOrderResponseSchema>;
export type ReviseOrderRequest = PlainOf<typeof rpc.ReviseOrderRequestSchema>;
export type ReviseOrderResponse = PlainOf<typeof rpc.ReviseOrderResponseSchema>;
export type GetOrderRequest = PlainOf<typeof rpc.GetOrderRequestSchema>;
export type GetOrderResponse = PlainOf<typeof rpc.GetOrderResponseSchema>;
export type BatchGetOrdersRequest = PlainOf<typeof rpc.BatchGetOrdersRequestSchema>;
export type BatchGetOrdersResponse = PlainOf<typeof rpc.BatchGetOrdersResponseSchema>;
export type WatchOrderRequest = PlainOf<typeof rpc.WatchOrderRequestSchema>;
export type WatchOrderResponse = PlainOf<typeof rpc.WatchOrderResponseSchema>;
