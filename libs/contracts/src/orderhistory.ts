import type { PlainOf } from './codec/plain.js';
import type { OrderViewSchema } from './gen/ftgo/orderhistory/v1/order_view_pb.js';
import type * as rpc from './gen/ftgo/orderhistory/v1/service_pb.js';

export { OrderHistoryService as OrderHistoryServiceApi } from './gen/ftgo/orderhistory/v1/service_pb.js';
export type OrderViewDetails = PlainOf<typeof OrderViewSchema>;
export type OrderStatus = OrderViewDetails['status'];
export type FindOrdersRequest = PlainOf<typeof rpc.FindOrdersRequestSchema>;
export type FindOrdersResponse = PlainOf<typeof rpc.FindOrdersResponseSchema>;
export type GetOrderViewRequest = PlainOf<typeof rpc.GetOrderRequestSchema>;
export type GetOrderViewResponse = PlainOf<typeof rpc.GetOrderResponseSchema>;
