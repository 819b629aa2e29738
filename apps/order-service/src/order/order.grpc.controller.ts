import {
  type BatchGetOrdersRequest,
  type BatchGetOrdersResponse,
  type CancelOrderRequest,
  type CancelOrderResponse,
  type CreateOrderRequest,
  type CreateOrderResponse,
  type GetOrderRequest,
  type GetOrderResponse,
  OrderServiceApi,
  type ReviseOrderRequest,
  type ReviseOrderResponse,
  type WatchOrderRequest,
  type WatchOrderResponse,
} from '@ftgo/contracts/order';
import { orderId } from '@ftgo/ftgo';
import { Allow, valid } from '@ftgo/platform';
import { lineRevisions, newOrderFields } from '@ftgo/rest/order';
import { Rpc, type RpcStream } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { OrderQueries } from './order.queries.js';
import { OrderService } from './order.service.js';
import { orderOperations, WatchedOrders } from './watched-orders.js';

const createRequest = z.object(newOrderFields(z.date()));
const reviseRequest = z.object({ revisedLineItems: lineRevisions() });
const watchRequest = z.object({ afterVersion: z.int().min(0), operation: z.enum(orderOperations).optional() });

@Controller()
export class OrderGrpcController {
  constructor(
    private readonly service: OrderService,
    private readonly orders: OrderQueries,
    private readonly watched: WatchedOrders,
  ) {}

  @Allow('consumer', 'operator')
  @Rpc(OrderServiceApi.method.createOrder)
  async createOrder(request: CreateOrderRequest): Promise<CreateOrderResponse> {
    return { orderId: await this.service.createOrder(await valid(createRequest, request)) };
  }

  @Allow('consumer', 'operator')
  @Rpc(OrderServiceApi.method.cancelOrder)
  async cancelOrder(request: CancelOrderRequest): Promise<CancelOrderResponse> {
    return { order: await this.service.cancelOrder(orderId(request.orderId), request.expected?.versions) };
  }

  @Allow('consumer', 'operator')
  @Rpc(OrderServiceApi.method.reviseOrder)
  async reviseOrder(request: ReviseOrderRequest): Promise<ReviseOrderResponse> {
    const { revisedLineItems } = await valid(reviseRequest, request);
    return { order: await this.service.reviseOrder(orderId(request.orderId), revisedLineItems, request.expected?.versions) };
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Rpc(OrderServiceApi.method.getOrder)
  async getOrder(request: GetOrderRequest): Promise<GetOrderResponse> {
    return { order: await this.orders.get(orderId(request.orderId)) };
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Rpc(OrderServiceApi.method.batchGetOrders)
  async batchGetOrders({ orderIds }: BatchGetOrdersRequest): Promise<BatchGetOrdersResponse> {
    return { orders: await this.orders.findOwn(orderIds.map(orderId)) };
  }

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Rpc(OrderServiceApi.method.watchOrder)
  async *watchOrder(request: WatchOrderRequest, { signal }: RpcStream): AsyncGenerator<WatchOrderResponse> {
    const watch = await valid(watchRequest, request);
    for await (const order of this.watched.watch(orderId(request.orderId), watch, signal)) yield { order };
  }
}
