import {
  type BatchGetOrdersRequest,
  type CancelOrderRequest,
  type CreateOrderRequest,
  type GetOrderRequest,
  OrderServiceApi,
  type ReviseOrderRequest,
} from '@ftgo/contracts/order';
import { DomainError, requireVersion } from '@ftgo/kernel';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { askedInParallel, incomplete, lastRefusal, order, rejected } from './examples.js';
import { asked, batches, found, note } from './played-answers.js';

const orders = [
  order,
  rejected,
  { ...order, orderId: askedInParallel, consumerId: askedInParallel, restaurantId: askedInParallel },
  { ...order, orderId: incomplete },
];

@Controller()
export class OrderServiceAtTheProtocol {
  @Rpc(OrderServiceApi.method.createOrder)
  async createOrder(request: CreateOrderRequest) {
    if (request.restaurantId === 404) throw new DomainError('RESTAURANT_NOT_KNOWN', 'rule-broken', 'restaurant 404 not found');
    if (request.restaurantId === 500) throw new Error('a bug with a secret');
    return note(request, { orderId: request.restaurantId === 24 ? 24 : 17 });
  }

  @Rpc(OrderServiceApi.method.cancelOrder)
  async cancelOrder(request: CancelOrderRequest) {
    found('order', request.orderId, [17, order], [18, rejected]);
    rejectOutdated(request.expected);
    if (request.orderId === 18) throw new DomainError('ILLEGAL_TRANSITION', 'conflict', 'cannot cancel order 18 in state REJECTED');
    return note(request, { order: { ...order, state: 'CANCEL_PENDING' as const, version: 3 } });
  }

  @Rpc(OrderServiceApi.method.reviseOrder)
  async reviseOrder(request: ReviseOrderRequest) {
    rejectOutdated(request.expected);
    return note(request, { order: { ...order, state: 'REVISION_PENDING' as const, lastRefusal } });
  }

  @Rpc(OrderServiceApi.method.getOrder)
  async getOrder({ orderId }: GetOrderRequest) {
    if (orderId === askedInParallel) await asked.byTheOrder();
    return { order: found('order', orderId, ...orders.map((each) => [each.orderId, each] as const)) };
  }

  @Rpc(OrderServiceApi.method.batchGetOrders)
  async batchGetOrders({ orderIds }: BatchGetOrdersRequest) {
    batches.push(['orders', orderIds]);
    return { orders: [order, rejected, endless, ...ordersOfMany].filter(({ orderId }) => orderIds.includes(orderId)) };
  }
}

/** The orders of consumer 30. */
export const ordersOfMany = Array.from({ length: 30 }, (_, i) => ({ ...order, orderId: 100 + i }));

/** Its saga never ends. */
const endless = { ...order, orderId: 24, state: 'APPROVAL_PENDING' as const, version: 1 };

/** The version of each example is 2. */
function rejectOutdated(expected: CancelOrderRequest['expected']): void {
  requireVersion('order 17', 2, expected?.versions);
}
