import { type NotificationKind, NotifyConsumer } from '@ftgo/contracts/consumer';
import type { OrderId } from '@ftgo/ftgo';
import { Clock } from '@ftgo/kernel';
import { Outbox, Transactions } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import type { Order, OrderEvent, Refusal } from './order.js';
import { OrderRepository } from './order.repository.js';

/**
 * What the sagas do to an order, in the transaction that advances the saga. Separate from OrderService, which starts the
 * sagas and therefore imports their definitions, which in turn reference these steps.
 */
@Injectable()
export class OrderSagaSteps {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderRepository,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  approve(id: OrderId): Promise<void> {
    return this.settle(id, (order) => order.approve(), { kind: 'APPROVED', text: `Your order ${id} has been approved.` });
  }

  reject(id: OrderId, reason: Refusal): Promise<void> {
    return this.settle(id, (order) => order.reject(reason), {
      kind: 'REJECTED',
      text: `Your order ${id} has been rejected: ${reason.detail}.`,
    });
  }

  confirmCancel(id: OrderId): Promise<void> {
    return this.settle(id, (order) => order.confirmCancel(), { kind: 'CANCELLED', text: `Your order ${id} has been cancelled.` });
  }

  undoCancel(id: OrderId, reason: Refusal): Promise<void> {
    const text = `Your order ${id} could not be cancelled: ${reason.detail}.`;
    return this.settle(id, (order) => order.undoCancel(reason, this.clock.now()), { kind: 'REFUSED', text });
  }

  confirmRevision(id: OrderId): Promise<void> {
    return this.settle(id, (order) => order.confirmRevision(), { kind: 'REVISED', text: `Your order ${id} has been revised.` });
  }

  rejectRevision(id: OrderId, reason: Refusal): Promise<void> {
    const text = `Your order ${id} could not be revised: ${reason.detail}.`;
    return this.settle(id, (order) => order.rejectRevision(reason, this.clock.now()), { kind: 'REFUSED', text });
  }

  private settle(id: OrderId, act: (order: Order) => OrderEvent[], notice: { kind: NotificationKind; text: string }): Promise<void> {
    return this.transactions.run(async () => {
      const order = await this.orders.getForUpdate(id);
      await this.orders.save(order, act(order));
      const { consumerId } = order;
      this.outbox.notify(NotifyConsumer, { consumerId, orderId: id, ...notice }, `/order-service/orders/${id}`);
    });
  }
}
