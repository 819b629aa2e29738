import type { OrderId } from '@ftgo/ftgo';
import { Allow, RespondsWith } from '@ftgo/platform';
import { orderViewIdParam, orderViewJson, orderViewResponse, orderViewsResponse } from '@ftgo/rest/orderhistory';
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { findOrdersQuery } from './order-history.http.dto.js';
import { OrderHistoryQueries } from './order-history.queries.js';
import { cursorOf } from './page-cursor.js';

@Controller('orders')
export class OrderHistoryHttpController {
  constructor(private readonly history: OrderHistoryQueries) {}

  @Allow('consumer', 'operator', 'service')
  @Get()
  @RespondsWith(orderViewsResponse)
  async findOrders(
    @Query({ schema: findOrdersQuery }) { keyword, pageSize, startKey, ...filter }: z.output<typeof findOrdersQuery>,
  ): Promise<z.output<typeof orderViewsResponse>> {
    const { orders, continueAfter } = await this.history.find({ ...filter, keywords: keyword }, { after: startKey, size: pageSize });
    return { orders: orders.map(orderViewJson), startKey: continueAfter ? cursorOf(continueAfter) : null };
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Get(':orderId')
  @RespondsWith(orderViewResponse)
  async getOrder(@Param('orderId', { schema: orderViewIdParam }) id: OrderId): Promise<z.output<typeof orderViewResponse>> {
    return orderViewJson(await this.history.get(id));
  }
}
