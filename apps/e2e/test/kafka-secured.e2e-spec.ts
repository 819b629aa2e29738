// The journeys of orders, with a Kafka that only known users reach, over TLS, each with the permissions that it needs.
import { noSecuredKafka, type TestSystem } from '@ftgo/testing';
import { expect, test, vi } from 'vitest';

vi.stubEnv('FTGO_SECURE_KAFKA', 'true');
const why = noSecuredKafka();
const journeys = why ? undefined : await import('./order.e2e-spec.js');

test.skipIf(why)(`every process uses Kafka as a user of its own, without an error${why ? ` (${why})` : ''}`, () => {
  const system = journeys?.running().system as TestSystem;
  const users = Object.keys(system.urls).map((name) => [name, system.environment(name)['FTGO_KAFKA_USERNAME']]);
  expect(users).toEqual(Object.keys(system.urls).map((name) => [name, name === 'outbox-relay' ? '{service}-relay' : name]));
  const denied = Object.keys(system.urls).filter((name) => system.everythingLogged(name).includes('denies access'));
  expect(denied).toEqual([]);
});
