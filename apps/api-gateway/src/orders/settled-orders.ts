import type { OrderDetails } from '@ftgo/contracts/order';
import { ReadinessCheck, Settling } from '@ftgo/platform';
import { isSettled } from '@ftgo/rest/order';
import { Injectable } from '@nestjs/common';
import { ServiceIdentity } from '../service-identity.js';
import { OrderServiceProxy } from './order-service.proxy.js';

/** Lets clients wait for the end of a saga: one call asks for all orders that clients wait for. */
@Injectable()
export class SettledOrders extends Settling<number, OrderDetails> {
  /** The orders of several clients, each of which was allowed to change its own. */
  constructor(orders: OrderServiceProxy, readiness: ReadinessCheck, identity: ServiceIdentity) {
    super({
      read: async (orderIds) => (await identity.run(() => orders.batchGetOrders({ orderIds }))).orders,
      idOf: ({ orderId }) => orderId,
      isSettled,
      whenStopping: readiness.whenStopping,
    });
  }
}
