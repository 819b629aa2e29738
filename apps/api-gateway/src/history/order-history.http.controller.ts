import { Allow, RespondsWith } from '@ftgo/platform';
import { orderViewJson, orderViewsResponse } from '@ftgo/rest/orderhistory';
import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { startingAt } from '../start-key.js';
import { findOrdersQuery } from './order-history.http.dto.js';
import { OrderHistoryServiceProxy } from './order-history-service.proxy.js';

/**
 * A consumer's orders come from a view built for this query (Microservices Patterns, chapter 7); a single order comes
 * from API composition.
 */
@Controller('orders')
export class OrderHistoryHttpController {
  constructor(private readonly history: OrderHistoryServiceProxy) {}

  @Allow('consumer', 'operator', 'service')
  @Get()
  @RespondsWith(orderViewsResponse)
  async findOrders(
    @Query({ schema: findOrdersQuery }) { keyword, startKey, ...filter }: z.output<typeof findOrdersQuery>,
  ): Promise<z.output<typeof orderViewsResponse>> {
    const { orders, nextPageToken } = await startingAt(this.history.findOrders({ ...filter, keywords: keyword, pageToken: startKey }));
    return { orders: orders.map(orderViewJson), startKey: nextPageToken || null };
  }
}
