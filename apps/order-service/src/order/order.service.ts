import type { OrderId } from '@ftgo/ftgo';
import { requireVersion } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Access, IdempotentRequests } from '@ftgo/platform';
import { Sagas } from '@ftgo/sagas';
import { Inject, Injectable } from '@nestjs/common';
import { Menus } from '../restaurant/menus.js';
import { cancelOrderSaga } from '../sagas/cancel-order/cancel-order.saga.js';
import { createOrderSaga } from '../sagas/create-order/create-order.saga.js';
import { reviseOrderSaga } from '../sagas/revise-order/revise-order.saga.js';
import { ConsumerNotFound, OrderNotFound } from './order.errors.js';
import { type NewOrder, Order } from './order.js';
import { OrderQueries, type OrderView } from './order.queries.js';
import { OrderRepository } from './order.repository.js';
import type { LineRevision, OrderLine } from './order-line-items.js';

/** What clients can do with orders; each method is one transaction. */
@Injectable()
export class OrderService {
  @Inject() private readonly access!: Access;

  constructor(
    private readonly transactions: Transactions,
    private readonly requests: IdempotentRequests,
    private readonly orders: OrderRepository,
    private readonly queries: OrderQueries,
    private readonly menus: Menus,
    private readonly sagas: Sagas,
  ) {}

  async createOrder(details: NewOrder): Promise<OrderId> {
    const { consumerId: consumer } = details;
    await this.access.demand({ consumer }, () => new ConsumerNotFound(consumer));
    return this.requests.once('createOrder', details, async () => {
      const menu = await this.menus.of(details.restaurantId);
      const [order, events] = Order.create(details, menu);
      await this.orders.save(order, events);
      await this.sagas.start(createOrderSaga, {
        orderId: order.id,
        consumerId: order.consumerId,
        restaurantId: order.restaurantId,
        restaurantSequence: menu.restaurantSequence,
        lineItems: withoutPrices(order.lineItems),
        orderTotal: order.total,
      });
      return order.id;
    });
  }

  /** Returns the order in state CANCEL_PENDING: Kitchen may still reject the cancellation. */
  cancelOrder(id: OrderId, expected?: readonly number[]): Promise<OrderView> {
    return this.transactions.run(async () => {
      const order = await this.getOwn(id);
      requireVersion(`order ${id}`, order.version, expected);
      await this.orders.save(order, order.beginCancel());
      const { consumerId, restaurantId } = order;
      await this.sagas.start(cancelOrderSaga, { orderId: id, consumerId, restaurantId });
      return await this.queries.get(id);
    });
  }

  /** Returns the order in state REVISION_PENDING: Kitchen and Accounting may still reject the revision. */
  reviseOrder(id: OrderId, revisions: readonly LineRevision[], expected?: readonly number[]): Promise<OrderView> {
    return this.transactions.run(async () => {
      const order = await this.getOwn(id);
      requireVersion(`order ${id}`, order.version, expected);
      const menu = await this.menus.of(order.restaurantId);
      await this.orders.save(order, order.beginRevision(revisions, menu));
      const { consumerId, restaurantId, proposal } = order;
      const lineItems = withoutPrices(proposal.lines);
      await this.sagas.start(reviseOrderSaga, { orderId: id, consumerId, restaurantId, lineItems, orderTotal: proposal.total });
      return await this.queries.get(id);
    });
  }

  private async getOwn(id: OrderId): Promise<Order> {
    const order = await this.orders.getForUpdate(id);
    await this.access.demand({ consumer: order.consumerId }, () => new OrderNotFound(id));
    return order;
  }
}

const withoutPrices = (lines: readonly OrderLine[]) => lines.map(({ menuItemId, name, quantity }) => ({ menuItemId, name, quantity }));
