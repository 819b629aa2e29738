import type { OrderId } from '@ftgo/ftgo';
import { AcceptsIdempotencyKey, MayRespondWith, RespondsWith } from '@ftgo/platform';
import { createOrderRequest, createOrderResponse, orderIdParam, orderJson, orderResponse, reviseOrderRequest } from '@ftgo/rest/order';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { OrderQueries } from './order.queries.js';
import { OrderService } from './order.service.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly service: OrderService,
    private readonly orders: OrderQueries,
  ) {}

  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createOrderResponse)
  async createOrder(@Body({ schema: createOrderRequest }) request: z.output<typeof createOrderRequest>) {
    return { orderId: await this.service.createOrder(request) };
  }

  @Post(':orderId/cancel')
  @MayRespondWith(409)
  @RespondsWith(orderResponse)
  async cancelOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId) {
    return orderJson(await this.service.cancelOrder(id));
  }

  @Post(':orderId/revise')
  @MayRespondWith(409, 422)
  @RespondsWith(orderResponse)
  async reviseOrder(
    @Param('orderId', { schema: orderIdParam }) id: OrderId,
    @Body({ schema: reviseOrderRequest }) { revisedOrderLineItems }: z.output<typeof reviseOrderRequest>,
  ) {
    return orderJson(await this.service.reviseOrder(id, revisedOrderLineItems));
  }

  @Get(':orderId')
  @RespondsWith(orderResponse)
  async getOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId) {
    return orderJson(await this.orders.get(id));
  }
}
