import {
  type FindOrdersRequest,
  type FindOrdersResponse,
  type GetOrderViewRequest,
  type GetOrderViewResponse,
  OrderHistoryServiceApi,
  type ReplayTimelineRequest,
  type ReplayTimelineResponse,
} from '@ftgo/contracts/orderhistory';
import { consumerId, orderId } from '@ftgo/ftgo';
import { Allow, id, maxKeywords, nonEmptyText, pageFields, valid } from '@ftgo/platform';
import { Rpc, type RpcStream } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { OrderHistoryQueries } from './order-history.queries.js';
import { orderStatuses } from './order-view.js';
import { cursorOf, pageCursor } from './page-cursor.js';
import { TimelineQueries } from './timeline.queries.js';

const findRequest = z.object({
  consumerId: id().transform(consumerId),
  status: z.enum(orderStatuses).optional(),
  keywords: z.array(nonEmptyText()).max(maxKeywords, `must have at most ${maxKeywords} values`),
  since: z.date().optional(),
  ...pageFields(pageCursor()),
});

const replayRequest = z.object({ after: z.int().min(0), follow: z.boolean() });

@Controller()
export class OrderHistoryGrpcController {
  constructor(
    private readonly history: OrderHistoryQueries,
    private readonly timeline: TimelineQueries,
  ) {}

  @Allow('consumer', 'operator', 'service')
  @Rpc(OrderHistoryServiceApi.method.findOrders)
  async findOrders(request: FindOrdersRequest): Promise<FindOrdersResponse> {
    const { pageSize, pageToken, ...filter } = await valid(findRequest, request);
    const { orders, continueAfter } = await this.history.find(filter, { after: pageToken, size: pageSize });
    return { orders, nextPageToken: continueAfter ? cursorOf(continueAfter) : '' };
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Rpc(OrderHistoryServiceApi.method.getOrder)
  async getOrder(request: GetOrderViewRequest): Promise<GetOrderViewResponse> {
    return { order: await this.history.get(orderId(request.orderId)) };
  }

  @Allow('operator', 'service')
  @Rpc(OrderHistoryServiceApi.method.replayTimeline)
  async *replayTimeline(request: ReplayTimelineRequest, { signal }: RpcStream): AsyncGenerator<ReplayTimelineResponse> {
    const replay = await valid(replayRequest, request);
    for await (const entry of this.timeline.replay(orderId(request.orderId), replay, signal)) yield { entry };
  }
}
