import type { OrderId } from '@ftgo/ftgo';
import {
  AcceptsIdempotencyKey,
  AcceptsIfMatch,
  AcceptsWait,
  Allow,
  ExpectedVersions,
  HasETag,
  MayBeCached,
  MayRespondWith,
  type PreferredWait,
  RespondsWith,
  type Tagged,
  Wait,
} from '@ftgo/platform';
import {
  createOrderRequest,
  createOrderResponse,
  type OrderResponse,
  orderIdParam,
  orderJson,
  orderResponse,
  reviseOrderRequest,
} from '@ftgo/rest/order';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { type OrderDetails, orderDetailsQuery, orderDetailsResponse } from './order.http.dto.js';
import { OrderDetailsQuery } from './order-details.query.js';
import { OrderServiceProxy } from './order-service.proxy.js';
import { SettledOrders } from './settled-orders.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly orders: OrderServiceProxy,
    private readonly details: OrderDetailsQuery,
    private readonly settled: SettledOrders,
  ) {}

  @Allow('consumer', 'operator')
  @Post()
  @AcceptsIdempotencyKey()
  @AcceptsWait()
  @RespondsWith(createOrderResponse)
  async createOrder(
    @Body({ schema: createOrderRequest }) request: z.output<typeof createOrderRequest>,
    @Wait() wait: PreferredWait | undefined,
  ): Promise<z.output<typeof createOrderResponse>> {
    const placed = await this.orders.createOrder(request);
    const order = await this.settled.waitFor(placed.orderId, wait);
    return order ? orderJson(order) : placed;
  }

  @Allow('consumer', 'operator')
  @Post(':orderId/cancel')
  @AcceptsIfMatch()
  @AcceptsWait()
  @MayRespondWith(409)
  @RespondsWith(orderResponse)
  async cancelOrder(
    @Param('orderId', { schema: orderIdParam }) orderId: OrderId,
    @ExpectedVersions() versions: readonly number[] | undefined,
    @Wait() wait: PreferredWait | undefined,
  ): Promise<OrderResponse> {
    const { order } = await this.orders.cancelOrder({ orderId, expected: versions && { versions } });
    return orderJson((await this.settled.waitFor(orderId, wait)) ?? order);
  }

  @Allow('consumer', 'operator')
  @Post(':orderId/revise')
  @AcceptsIfMatch()
  @AcceptsWait()
  @MayRespondWith(409, 422)
  @RespondsWith(orderResponse)
  async reviseOrder(
    @Param('orderId', { schema: orderIdParam }) orderId: OrderId,
    @Body({ schema: reviseOrderRequest }) { revisedOrderLineItems: revisedLineItems }: z.output<typeof reviseOrderRequest>,
    @ExpectedVersions() versions: readonly number[] | undefined,
    @Wait() wait: PreferredWait | undefined,
  ): Promise<OrderResponse> {
    const { order } = await this.orders.reviseOrder({ orderId, revisedLineItems, expected: versions && { versions } });
    return orderJson((await this.settled.waitFor(orderId, wait)) ?? order);
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Get(':orderId')
  @MayBeCached()
  @HasETag({ isRead: true })
  @RespondsWith(orderDetailsResponse)
  getOrder(
    @Param('orderId', { schema: orderIdParam }) orderId: OrderId,
    @Query({ schema: orderDetailsQuery }) { expand }: z.output<typeof orderDetailsQuery>,
  ): Promise<Tagged<OrderDetails>> {
    return this.details.get(orderId, expand);
  }
}
