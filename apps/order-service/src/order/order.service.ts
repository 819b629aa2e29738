import { Transactions } from '@ftgo/messaging';
import { Sagas } from '@ftgo/sagas';
import { Injectable } from '@nestjs/common';
import { RestaurantRepository } from '../restaurant/restaurant.repository.js';
import { createOrderSaga } from '../sagas/create-order/create-order.saga.js';
import { type NewOrder, Order } from './order.js';
import { OrderRepository } from './order.repository.js';

/** What clients ask of orders; each is one transaction. */
@Injectable()
export class OrderService {
  constructor(
    private readonly transactions: Transactions,
    private readonly orders: OrderRepository,
    private readonly restaurants: RestaurantRepository,
    private readonly sagas: Sagas,
  ) {}

  createOrder(details: NewOrder): Promise<Order> {
    return this.transactions.run(async () => {
      const menu = await this.restaurants.menuOf(details.restaurantId);
      const [order, events] = Order.create(details, menu);
      await this.orders.save(order, events);
      await this.sagas.start(createOrderSaga, {
        orderId: order.id,
        consumerId: order.consumerId,
        restaurantId: order.restaurantId,
        restaurantSequence: menu.restaurantSequence,
        lineItems: order.lineItems.map(({ menuItemId, name, quantity }) => ({ menuItemId, name, quantity })),
        orderTotal: order.total,
      });
      return order;
    });
  }
}
