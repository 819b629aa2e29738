import type { OrderId } from '@ftgo/ftgo';
import { ReadinessCheck, Settling } from '@ftgo/platform';
import { isSettled } from '@ftgo/rest/order';
import { Injectable } from '@nestjs/common';
import { OrderQueries, type OrderView } from './order.queries.js';

/** Lets clients wait for the end of a saga, whichever instance runs it. */
@Injectable()
export class SettledOrders extends Settling<OrderId, OrderView> {
  constructor(orders: OrderQueries, readiness: ReadinessCheck) {
    super({
      read: (ids) => orders.findAll(ids),
      idOf: ({ orderId }) => orderId,
      isSettled,
      whenStopping: readiness.whenStopping,
    });
  }
}
