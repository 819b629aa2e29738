// The journeys of orders, with every process on kafkajs.
import type { TestSystem } from '@ftgo/testing';
import { expect, test, vi } from 'vitest';

vi.stubEnv('FTGO_KAFKA_CLIENT', 'kafkajs');
const { running } = await import('./order.e2e-spec.js');

test('every process that uses Kafka says at its start what kafkajs lacks', () => {
  const system = running().system as TestSystem;
  const users = Object.keys(system.urls).filter((name) => name !== 'api-gateway');
  const warned = users.filter((name) => system.everythingLogged(name).includes('kafkajs, which lacks: topic ids'));
  expect(warned).toEqual(users);
});
