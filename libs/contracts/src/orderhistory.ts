import { event, type PayloadOf } from '@ftgo/messaging';
import { orderHistoryEvents } from './channels.js';
import { message } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import * as events from './gen/ftgo/orderhistory/v1/events_pb.js';
import type { OrderViewSchema } from './gen/ftgo/orderhistory/v1/order_view_pb.js';
import type * as rpc from './gen/ftgo/orderhistory/v1/service_pb.js';
import type { TimelineEntrySchema } from './gen/ftgo/orderhistory/v1/timeline_pb.js';
import { topicsForAWeek } from './topics.js';

export const TimelineExtended = event(orderHistoryEvents, message(events.TimelineExtendedSchema));
export type TimelineExtended = PayloadOf<typeof TimelineExtended>;

/** What is older than a week is read from the timeline itself. */
export const orderHistoryTopics = topicsForAWeek(orderHistoryEvents);

export { OrderHistoryService as OrderHistoryServiceApi } from './gen/ftgo/orderhistory/v1/service_pb.js';
export type OrderViewDetails = PlainOf<typeof OrderViewSchema>;
export type OrderStatus = OrderViewDetails['status'];
export type TimelineEntryDetails = PlainOf<typeof TimelineEntrySchema>;
export type FindOrdersRequest = PlainOf<typeof rpc.FindOrdersRequestSchema>;
export type FindOrdersResponse = PlainOf<typeof rpc.FindOrdersResponseSchema>;
export type GetOrderViewRequest = PlainOf<typeof rpc.GetOrderRequestSchema>;
export type GetOrderViewResponse = PlainOf<typeof rpc.GetOrderResponseSchema>;
export type ReplayTimelineRequest = PlainOf<typeof rpc.ReplayTimelineRequestSchema>;
export type ReplayTimelineResponse = PlainOf<typeof rpc.ReplayTimelineResponseSchema>;
