import type { OrderId } from '@ftgo/kernel';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { createOrderRequest, createOrderResponse, orderIdParam, orderJson, orderResponse } from './order.http.dto.js';
import { OrderQueries } from './order.queries.js';
import { OrderService } from './order.service.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly service: OrderService,
    private readonly orders: OrderQueries,
  ) {}

  @Post()
  @ApiOkResponse({ standardSchema: createOrderResponse as never })
  async createOrder(@Body({ schema: createOrderRequest }) request: z.output<typeof createOrderRequest>) {
    const order = await this.service.createOrder(request);
    return { orderId: order.id };
  }

  @Get(':orderId')
  @ApiOkResponse({ standardSchema: orderResponse as never })
  async getOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId) {
    return orderJson(await this.orders.get(id));
  }
}
