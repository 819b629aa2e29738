import type { OrderDetails } from '@ftgo/contracts/order';
import type { OrderId } from '@ftgo/ftgo';
import {
  AcceptsIdempotencyKey,
  AcceptsIfMatch,
  AcceptsWait,
  Allow,
  ExpectedVersions,
  HasETag,
  MayRespondWith,
  type PreferredWait,
  RepresentedAs,
  RespondsWith,
  type Tagged,
  Wait,
} from '@ftgo/platform';
import {
  createOrderRequest,
  createOrderResponse,
  type OrderResponse,
  orderForms,
  orderIdParam,
  orderJson,
  orderResponse,
  reviseOrderRequest,
  taggedOrder,
} from '@ftgo/rest/order';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { OrderQueries } from './order.queries.js';
import { OrderService } from './order.service.js';
import { SettledOrders } from './settled-orders.js';

@Controller('orders')
export class OrderHttpController {
  constructor(
    private readonly service: OrderService,
    private readonly orders: OrderQueries,
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
    const orderId = await this.service.createOrder(request);
    const order = await this.settled.waitFor(orderId, wait);
    return order ? orderJson(order) : { orderId };
  }

  @Allow('consumer', 'operator')
  @Post(':orderId/cancel')
  @AcceptsIfMatch()
  @AcceptsWait()
  @MayRespondWith(409)
  @RespondsWith(orderResponse)
  async cancelOrder(
    @Param('orderId', { schema: orderIdParam }) id: OrderId,
    @ExpectedVersions() expected: readonly number[] | undefined,
    @Wait() wait: PreferredWait | undefined,
  ): Promise<OrderResponse> {
    const order = await this.service.cancelOrder(id, expected);
    return orderJson((await this.settled.waitFor(id, wait)) ?? order);
  }

  @Allow('consumer', 'operator')
  @Post(':orderId/revise')
  @AcceptsIfMatch()
  @AcceptsWait()
  @MayRespondWith(409, 422)
  @RespondsWith(orderResponse)
  async reviseOrder(
    @Param('orderId', { schema: orderIdParam }) id: OrderId,
    @Body({ schema: reviseOrderRequest }) { revisedOrderLineItems }: z.output<typeof reviseOrderRequest>,
    @ExpectedVersions() expected: readonly number[] | undefined,
    @Wait() wait: PreferredWait | undefined,
  ): Promise<OrderResponse> {
    const order = await this.service.reviseOrder(id, revisedOrderLineItems, expected);
    return orderJson((await this.settled.waitFor(id, wait)) ?? order);
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Get(':orderId')
  @HasETag({ isRead: true })
  @RepresentedAs(orderForms)
  async getOrder(@Param('orderId', { schema: orderIdParam }) id: OrderId): Promise<Tagged<OrderDetails>> {
    return taggedOrder(await this.orders.get(id));
  }
}
