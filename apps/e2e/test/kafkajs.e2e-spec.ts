// The journeys of orders, with every process on kafkajs.
import { becauseNoKafka, noKafka, type TestSystem } from '@ftgo/testing';
import { expect, test, vi } from 'vitest';

vi.stubEnv('FTGO_KAFKA_CLIENT', 'kafkajs');
const journeys = noKafka ? undefined : await import('./order.e2e-spec.js');

test.skipIf(noKafka)(`every process that uses Kafka logs at startup what kafkajs lacks${becauseNoKafka}`, () => {
  const system = journeys?.running().system as TestSystem;
  const users = Object.keys(system.urls).filter((name) => name !== 'api-gateway');
  const warned = users.filter((name) => system.everythingLogged(name).includes('kafkajs, which lacks: topic ids'));
  expect(warned).toEqual(users);
});
