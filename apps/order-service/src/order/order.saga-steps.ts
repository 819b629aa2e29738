import type { OrderId } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import type { Order, OrderEvent, Refusal } from './order.js';
import { OrderRepository } from './order.repository.js';

/**
 * What the sagas do to an order, in the transaction that moves the saga. Apart from OrderService, since that one starts
 * the sagas and so needs their definitions, which name these steps.
 */
@Injectable()
export class OrderSagaSteps {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderRepository,
  ) {}

  approve(id: OrderId): Promise<void> {
    return this.change(id, (order) => order.approve());
  }

  reject(id: OrderId, reason: Refusal): Promise<void> {
    return this.change(id, (order) => order.reject(reason));
  }

  private change(id: OrderId, act: (order: Order) => OrderEvent[]): Promise<void> {
    return this.transactions.run(async () => {
      const order = await this.orders.getForUpdate(id);
      await this.orders.save(order, act(order));
    });
  }
}
