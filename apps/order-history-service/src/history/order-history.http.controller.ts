import type { OrderId } from '@ftgo/ftgo';
import { RespondsWith } from '@ftgo/platform';
import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { findOrdersQuery, orderIdParam, orderJson, orderResponse, ordersResponse } from './order-history.http.dto.js';
import { OrderHistoryQueries } from './order-history.queries.js';
import { cursorOf } from './page-cursor.js';

@Controller('orders')
export class OrderHistoryHttpController {
  constructor(private readonly history: OrderHistoryQueries) {}

  @Get()
  @RespondsWith(ordersResponse)
  async findOrders(
    @Query({ schema: findOrdersQuery }) { keyword, pageSize, startKey, ...filter }: z.output<typeof findOrdersQuery>,
  ): Promise<z.output<typeof ordersResponse>> {
    const { orders, continueAfter } = await this.history.find({ ...filter, keywords: keyword }, { after: startKey, size: pageSize });
    return { orders: orders.map(orderJson), startKey: continueAfter ? cursorOf(continueAfter) : null };
  }

  @Get(':orderId')
  @RespondsWith(orderResponse)
  async getOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId): Promise<z.output<typeof orderResponse>> {
    return orderJson(await this.history.get(id));
  }
}
