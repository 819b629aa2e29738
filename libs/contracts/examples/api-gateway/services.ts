import { between, type FailureKind } from '../example.js';
import { anyTime } from '../json.js';

/** The services that the gateway calls. */
export const orders = between('api-gateway', 'order-service');
export const consumers = between('api-gateway', 'consumer-service');
export const restaurants = between('api-gateway', 'restaurant-service');
export const kitchen = between('api-gateway', 'kitchen-service');
export const deliveries = between('api-gateway', 'delivery-service');
export const accounting = between('api-gateway', 'accounting-service');
export const history = between('api-gateway', 'order-history-service');

export const rejected = (kind: FailureKind, reason: string) => ({ outcome: { kind, reason } });
export const notFound = (what: string) => ({
  name: `the ${what.toLowerCase()} does not exist`,
  ...rejected('not-found', `${what}_NOT_FOUND`),
});

export const at = anyTime('2026-11-21T18:30:00Z');
