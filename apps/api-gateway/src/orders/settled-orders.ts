import type { OrderDetails } from '@ftgo/contracts/order';
import { ReadinessCheck, Settling } from '@ftgo/platform';
import { isSettled } from '@ftgo/rest/order';
import { Injectable } from '@nestjs/common';
import { OrderServiceProxy } from './order-service.proxy.js';

/** Lets clients wait for the end of a saga: one call asks for all orders that clients wait for. */
@Injectable()
export class SettledOrders extends Settling<number, OrderDetails> {
  constructor(orders: OrderServiceProxy, readiness: ReadinessCheck) {
    super({
      read: async (orderIds) => (await orders.batchGetOrders({ orderIds })).orders,
      idOf: ({ orderId }) => orderId,
      isSettled,
      whenStopping: readiness.whenStopping,
    });
  }
}
