import { between, type EventExample } from '../example.js';
import { ada } from '../samples.js';

const consumer = between('accounting-service', 'consumer-service');

export const eventsForAccountingService: readonly EventExample[] = [
  consumer.event('ConsumerCreated', {
    given: 'ConsumerCreated',
    ids: { consumer: 7 },
    about: (ids) => ids.consumer,
    payload: () => ({ name: ada }),
  }),
];
