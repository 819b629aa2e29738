import { between, type EventExample } from '../example.js';
import { courier, withheldName } from '../samples.js';

const consumer = between('accounting-service', 'consumer-service');
const delivery = between('accounting-service', 'delivery-service');

export const eventsForAccountingService: readonly EventExample[] = [
  consumer.event('ConsumerCreated', {
    given: 'ConsumerCreated',
    ids: { consumer: 7 },
    about: (ids) => ids.consumer,
    payload: () => ({ name: withheldName }),
  }),
  delivery.event('DeliveryDelivered', {
    given: 'DeliveryDelivered',
    ids: { order: 17, courier },
    about: (ids) => ids.order,
    payload: (ids) => ({ courierId: String(ids.courier) }),
  }),
];
