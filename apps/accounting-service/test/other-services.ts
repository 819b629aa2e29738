import type { BrokerAt } from '@ftgo/testing';
import { PlayedSagas } from '@ftgo/testing/services';

/** Plays the sagas of Order, Consumer and Delivery. */
export class OtherServices extends PlayedSagas {
  constructor(at: BrokerAt) {
    super(at, 'accounting', ['consumer', 'delivery']);
  }

  consumerCreated(id: number): Promise<void> {
    const payload = { name: { firstName: 'Ada', lastName: 'Lovelace' } };
    return this.publish({ publisher: 'consumer', type: 'ConsumerCreated', id, sequence: 1, payload });
  }

  orderDelivered(id: number): Promise<void> {
    return this.publish({ publisher: 'delivery', type: 'DeliveryDelivered', id, sequence: 3, payload: { courierId: '9000000001' } });
  }
}
