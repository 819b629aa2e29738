import type { OrderId } from '@ftgo/ftgo';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { findOrdersQuery, orderIdParam, orderJson, orderResponse, ordersResponse } from './order-history.http.dto.js';
import { OrderHistoryQueries } from './order-history.queries.js';
import { cursorOf } from './page-cursor.js';

@Controller('orders')
export class OrderHistoryHttpController {
  constructor(private readonly history: OrderHistoryQueries) {}

  @Get()
  @ApiOkResponse({ standardSchema: ordersResponse as never })
  async findOrders(
    @Query({ schema: findOrdersQuery }) { keyword, pageSize, startKey, ...filter }: z.output<typeof findOrdersQuery>,
  ): Promise<z.output<typeof ordersResponse>> {
    const { orders, continueAfter } = await this.history.find({ ...filter, keywords: keyword }, { after: startKey, size: pageSize });
    return { orders: orders.map(orderJson), startKey: continueAfter ? cursorOf(continueAfter) : null };
  }

  @Get(':orderId')
  @ApiOkResponse({ standardSchema: orderResponse as never })
  async getOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId): Promise<z.output<typeof orderResponse>> {
    return orderJson(await this.history.get(id));
  }
}
