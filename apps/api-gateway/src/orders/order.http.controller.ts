import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { createOrderRequest, createOrderResponse, type OrderDetails, orderDetailsResponse, orderIdParam } from './order.http.dto.js';
import { OrderDetailsQuery } from './order-details.query.js';
import { OrderServiceProxy } from './order-service.proxy.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly orders: OrderServiceProxy,
    private readonly details: OrderDetailsQuery,
  ) {}

  @Post()
  @ApiOkResponse({ standardSchema: createOrderResponse as never })
  createOrder(@Body({ schema: createOrderRequest }) request: z.output<typeof createOrderRequest>) {
    return this.orders.createOrder(request);
  }

  @Get(':orderId')
  @ApiOkResponse({ standardSchema: orderDetailsResponse as never })
  getOrder(@Param('orderId', { schema: orderIdParam }) orderId: number): Promise<OrderDetails> {
    return this.details.get(orderId);
  }
}
