import { Injectable } from '@nestjs/common';
import { AccountingServiceProxy } from '../accounts/accounting-service.proxy.js';
import { ConsumerServiceProxy } from '../consumers/consumer-service.proxy.js';
import { DeliveryServiceProxy } from '../deliveries/delivery-service.proxy.js';
import { RestaurantServiceProxy } from '../restaurants/restaurant-service.proxy.js';
import { KitchenServiceProxy } from '../tickets/kitchen-service.proxy.js';
import { OrderServiceProxy } from './order-service.proxy.js';

/** The services that know something about an order. */
@Injectable()
export class ServicesOfOrders {
  constructor(
    readonly orders: OrderServiceProxy,
    readonly kitchen: KitchenServiceProxy,
    readonly restaurants: RestaurantServiceProxy,
    readonly deliveries: DeliveryServiceProxy,
    readonly accounting: AccountingServiceProxy,
    readonly consumers: ConsumerServiceProxy,
  ) {}
}
