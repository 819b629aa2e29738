import { randomUUID } from 'node:crypto';
import type { BrokerAt } from '@ftgo/testing';
import { PlayedSagas } from '@ftgo/testing/services';

/** Plays the sagas of Order, Restaurant and Delivery. */
export class OtherServices extends PlayedSagas {
  constructor(at: BrokerAt) {
    super(at, 'kitchen', ['restaurant', 'delivery']);
  }

  /** A restaurant's events carry its full state. */
  restaurantChanged(id: number, sequence: number, restaurant: object, type = 'RestaurantMenuRevised'): Promise<void> {
    return this.publish({ publisher: 'restaurant', type, id, sequence, payload: restaurant });
  }

  /** Publishes that a courier has picked up an order; returns the message id. */
  async deliveryPickedUp(id: number): Promise<string> {
    const messageId = randomUUID();
    const payload = { courierId: '9000000001' };
    await this.publish({ publisher: 'delivery', type: 'DeliveryPickedUp', id, sequence: 2, payload, messageId });
    return messageId;
  }
}
