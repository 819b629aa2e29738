import {
  type BatchGetOrdersRequest,
  type BatchGetOrdersResponse,
  type CreateOrderRequest,
  type CreateOrderResponse,
  type GetOrderRequest,
  type GetOrderResponse,
  OrderServiceApi,
} from '@ftgo/contracts/order';
import { orderId } from '@ftgo/kernel';
import { valid } from '@ftgo/platform';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { newOrderFields } from './order.fields.js';
import { OrderQueries } from './order.queries.js';
import { OrderService } from './order.service.js';

const createRequest = z.object(newOrderFields(z.date()));

@Controller()
export class OrderGrpcController {
  constructor(
    private readonly service: OrderService,
    private readonly orders: OrderQueries,
  ) {}

  @Rpc(OrderServiceApi.method.createOrder)
  async createOrder(request: CreateOrderRequest): Promise<CreateOrderResponse> {
    const order = await this.service.createOrder(await valid(createRequest, request));
    return { orderId: order.id };
  }

  @Rpc(OrderServiceApi.method.getOrder)
  async getOrder(request: GetOrderRequest): Promise<GetOrderResponse> {
    return { order: await this.orders.get(orderId(request.orderId)) };
  }

  @Rpc(OrderServiceApi.method.batchGetOrders)
  async batchGetOrders({ orderIds }: BatchGetOrdersRequest): Promise<BatchGetOrdersResponse> {
    return { orders: await this.orders.findAll(orderIds.map(orderId)) };
  }
}
