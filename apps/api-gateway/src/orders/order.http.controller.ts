import type { OrderId } from '@ftgo/ftgo';
import { AcceptsIdempotencyKey, MayBeCached, MayRespondWith, RespondsWith } from '@ftgo/platform';
import { createOrderRequest, createOrderResponse, orderIdParam, orderJson, orderResponse, reviseOrderRequest } from '@ftgo/rest/order';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { type OrderDetails, orderDetailsQuery, orderDetailsResponse } from './order.http.dto.js';
import { OrderDetailsQuery } from './order-details.query.js';
import { OrderServiceProxy } from './order-service.proxy.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly orders: OrderServiceProxy,
    private readonly details: OrderDetailsQuery,
  ) {}

  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(createOrderResponse)
  createOrder(@Body({ schema: createOrderRequest }) request: z.output<typeof createOrderRequest>) {
    return this.orders.createOrder(request);
  }

  @Post(':orderId/cancel')
  @MayRespondWith(409)
  @RespondsWith(orderResponse)
  async cancelOrder(@Param('orderId', { schema: orderIdParam }) orderId: OrderId) {
    const { order } = await this.orders.cancelOrder({ orderId });
    return orderJson(order);
  }

  @Post(':orderId/revise')
  @MayRespondWith(409, 422)
  @RespondsWith(orderResponse)
  async reviseOrder(
    @Param('orderId', { schema: orderIdParam }) orderId: OrderId,
    @Body({ schema: reviseOrderRequest }) { revisedOrderLineItems }: z.output<typeof reviseOrderRequest>,
  ) {
    const { order } = await this.orders.reviseOrder({ orderId, revisedLineItems: revisedOrderLineItems });
    return orderJson(order);
  }

  @Get(':orderId')
  @MayBeCached()
  @RespondsWith(orderDetailsResponse)
  getOrder(
    @Param('orderId', { schema: orderIdParam }) orderId: OrderId,
    @Query({ schema: orderDetailsQuery }) { expand }: z.output<typeof orderDetailsQuery>,
  ): Promise<OrderDetails> {
    return this.details.get(orderId, expand);
  }
}
