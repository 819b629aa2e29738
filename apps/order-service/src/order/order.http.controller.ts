import type { OrderId } from '@ftgo/ftgo';
import { Refuses, TakesIdempotencyKey } from '@ftgo/platform';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { createOrderRequest, createOrderResponse, orderIdParam, orderJson, orderResponse, reviseOrderRequest } from './order.http.dto.js';
import { OrderQueries } from './order.queries.js';
import { OrderService } from './order.service.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly service: OrderService,
    private readonly orders: OrderQueries,
  ) {}

  @Post()
  @TakesIdempotencyKey()
  @ApiOkResponse({ standardSchema: createOrderResponse as never })
  async createOrder(@Body({ schema: createOrderRequest }) request: z.output<typeof createOrderRequest>) {
    return { orderId: await this.service.createOrder(request) };
  }

  @Post(':orderId/cancel')
  @Refuses(409)
  @ApiOkResponse({ standardSchema: orderResponse as never })
  async cancelOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId) {
    return orderJson(await this.service.cancelOrder(id));
  }

  @Post(':orderId/revise')
  @Refuses(409, 422)
  @ApiOkResponse({ standardSchema: orderResponse as never })
  async reviseOrder(
    @Param('orderId', { schema: orderIdParam }) id: OrderId,
    @Body({ schema: reviseOrderRequest }) { revisedOrderLineItems }: z.output<typeof reviseOrderRequest>,
  ) {
    return orderJson(await this.service.reviseOrder(id, revisedOrderLineItems));
  }

  @Get(':orderId')
  @ApiOkResponse({ standardSchema: orderResponse as never })
  async getOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId) {
    return orderJson(await this.orders.get(id));
  }
}
