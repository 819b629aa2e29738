import { repository } from '@ftgo/runner/workspace';
import { type Endpoint, endpoints } from '../../../tools/security/endpoints.js';

/** An app that has the operations of a library. */
const hosts: Readonly<Record<string, string>> = {
  'libs/operations': 'order-service',
  'libs/platform': 'order-service',
  'libs/restaurant-replica': 'kitchen-service',
  'libs/rpc': 'api-gateway',
};
/** Routes that are not methods of controllers, by app, with the roles that they allow. */
const further: Endpoint[] = [
  ['api-gateway', 'POST /graphql', ['consumer', 'restaurant', 'courier', 'operator', 'service']],
  ['api-gateway', 'GET /ws', ['consumer', 'restaurant', 'operator', 'service']],
  ['api-gateway', 'GET /openapi.json', ['operator']],
  ['api-gateway', 'GET /docs', ['operator']],
  ['order-service', 'GET /asyncapi.json', ['operator']],
  ['order-service', 'GET /swagger-ui/index.html', ['operator']],
  ['outbox-relay', 'GET /operations/relay', ['operator']],
  ['outbox-relay', 'POST /relay/skip', ['operator']],
  ['outbox-relay', 'GET /metrics', 'public'],
].map(([owner, name, decision]) => ({ owner, protocol: 'REST', name, decision }) as Endpoint);
/** At the port of operators, monitoring systems need no token. */
const monitored = ['GET /metrics', 'GET /actuator/prometheus'];
/** The paths of the port of operators. */
export const forOperators = /^\/(health|metrics|actuator|operations|relay|openapi\.json|asyncapi\.json|swagger-ui|docs)/;
/** It compares all services, which takes seconds. */
export const slow = 'GET /operations/invariants';

/** Every operation of every app, with the roles that it allows. */
export const targets = [...(await endpoints(repository)), ...further].map((endpoint) => ({
  ...endpoint,
  decision: monitored.includes(endpoint.name) ? 'public' : endpoint.decision,
  app: hosts[endpoint.owner] ?? endpoint.owner,
}));
export type Target = (typeof targets)[number];
