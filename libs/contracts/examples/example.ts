import type { JsonObject } from './json.js';

/** The parties of a contract. `book-client` is a client of the book's own application; `web-client` is one of ours. */
export type Consumer = 'book-client' | 'web-client' | 'api-gateway' | Provider;
export type Provider = 'api-gateway' | keyof typeof wires;

/** Ids by name. A test that plays an example uses the example's ids; a test that verifies one uses the ids of its state. */
export type Ids = Readonly<Record<string, number>>;

/** The state that the provider must be in; the provider's own test creates it by this name. */
export interface Given<I extends Ids> {
  readonly given: string;
  readonly ids: I;
}

interface Example<I extends Ids> extends Given<I> {
  readonly name: string;
}

interface Parties {
  readonly consumer: Consumer;
  readonly provider: Provider;
}

/** What a REST client sends, and the part of the response that it relies on. */
export interface RestDetails<I extends Ids> extends Example<I> {
  ask(ids: NoInfer<I>): RestRequest;
  answer(ids: NoInfer<I>): RestAnswer;
}

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: JsonObject;
}

export interface RestAnswer {
  readonly status: number;
  /** Undefined if no client reads it. */
  readonly body?: JsonObject;
}

/** What a gRPC client sends, in ProtoJSON, and the part of the response that it relies on. */
export interface GrpcDetails<I extends Ids> extends Example<I> {
  request(ids: NoInfer<I>): JsonObject;
  readonly outcome: { answer(ids: NoInfer<I>): JsonObject } | { readonly kind: FailureKind; readonly reason: string };
}

/** The kinds that clients distinguish; sent in the details of the error. */
export type FailureKind = 'invalid' | 'not-found' | 'rule-broken' | 'conflict';

/** An event as its subscriber receives it, in ProtoJSON. `given` is what happened. */
export interface EventDetails<I extends Ids> extends Given<I> {
  /** Id of the aggregate: subject, key, and end of the source. */
  about(ids: NoInfer<I>): number;
  payload?(ids: NoInfer<I>): JsonObject;
}

/** A command of a saga, in ProtoJSON, and the reply with which the saga continues. */
export interface CommandDetails<I extends Ids> extends Example<I> {
  /** Undefined for a one-way command. */
  readonly saga?: { readonly name: 'create-order' | 'cancel-order' | 'revise-order'; readonly step: string };
  key(ids: NoInfer<I>): number;
  payload(ids: NoInfer<I>): JsonObject;
  /** Undefined for a one-way command. */
  readonly outcome?: { reply(ids: NoInfer<I>): JsonObject } | { readonly refusal: string };
}

export type RestExample = RestDetails<Ids> & Parties;
export type GrpcExample = GrpcDetails<Ids> & Parties & { readonly service: string; readonly method: string };
export type EventExample = EventDetails<Ids> &
  Parties & { readonly name: string; readonly type: string; readonly topic: string; readonly source: string };
export type CommandExample = CommandDetails<Ids> & Parties & { readonly type: string; readonly topic: string };

/** The names of each service's messages on the wire. */
const wires = {
  'accounting-service': {
    package: 'ftgo.accounting.v1',
    service: 'AccountingService',
    topics: 'ftgo.accounting',
    source: '/accounting-service/accounts',
  },
  'consumer-service': {
    package: 'ftgo.consumer.v1',
    service: 'ConsumerService',
    topics: 'ftgo.consumer',
    source: '/consumer-service/consumers',
  },
  'delivery-service': {
    package: 'ftgo.delivery.v1',
    service: 'DeliveryService',
    topics: 'ftgo.delivery',
    source: '/delivery-service/deliveries',
  },
  'kitchen-service': { package: 'ftgo.kitchen.v1', service: 'KitchenService', topics: 'ftgo.kitchen', source: '/kitchen-service/tickets' },
  'order-service': { package: 'ftgo.order.v1', service: 'OrderService', topics: 'ftgo.order', source: '/order-service/orders' },
  'order-history-service': { package: 'ftgo.orderhistory.v1', service: 'OrderHistoryService', topics: '', source: '' },
  'restaurant-service': {
    package: 'ftgo.restaurant.v1',
    service: 'RestaurantService',
    topics: 'ftgo.restaurant',
    source: '/restaurant-service/restaurants',
  },
} as const;

/** Creates the REST examples that a consumer writes for a provider. */
export const restBetween =
  (consumer: Consumer, provider: Provider) =>
  <I extends Ids>(details: RestDetails<I>): RestExample => ({ consumer, provider, ...details });

/** Creates the message and gRPC examples that a consumer writes for a provider. */
export function between(consumer: Consumer, provider: keyof typeof wires) {
  const wire = wires[provider];
  const parties = { consumer, provider };
  return {
    grpc: <I extends Ids>(method: string, details: GrpcDetails<I>): GrpcExample => ({
      ...parties,
      service: `${wire.package}.${wire.service}`,
      method,
      ...details,
    }),
    event: <I extends Ids>(name: string, details: EventDetails<I>): EventExample => ({
      ...parties,
      name,
      type: `${wire.package}.${name}`,
      topic: `${wire.topics}.events`,
      source: wire.source,
      ...details,
    }),
    command: <I extends Ids>(name: string, details: CommandDetails<I>): CommandExample => ({
      ...parties,
      type: `${wire.package}.${name}`,
      topic: `${wire.topics}.commands`,
      ...details,
    }),
  };
}

export const get = (path: string): RestRequest => ({ method: 'GET', path });
export const post = (path: string, body: JsonObject = {}): RestRequest => ({ method: 'POST', path, body });
export const put = (path: string, body: JsonObject): RestRequest => ({ method: 'PUT', path, body });
export const remove = (path: string): RestRequest => ({ method: 'DELETE', path });

export const ok = (body?: JsonObject): RestAnswer => ({ status: 200, ...(body && { body }) });

/** RFC 9457: clients rely on status and code. */
export const problem = (status: number, code: string): RestAnswer => ({ status, body: { status, code } });
