import { type OrderId, orderId } from '@ftgo/ftgo';
import { header } from '@ftgo/messaging/broker';
import { UserError } from '@ftgo/runner/errors';
import { sagaHeader } from '@ftgo/sagas/operations';
import { deadLettersOf, type StoredDeadLetter } from './dead-letters.js';
import type { Health, ObservedSystem, Part } from './observed-system.js';
import { type RelayLine, relayLines } from './relays.js';
import { type SagaView, sagasOfOrder } from './sagas.js';
import { readTimeline, type TimelineLine } from './timeline.js';

/** What an operator needs of an order; without its address. */
export interface OrderPart {
  readonly state: string;
  readonly orderTotal: string;
  readonly consumerId: number;
  readonly restaurantId: number;
  readonly rejection?: { readonly code: string; readonly detail: string } | undefined;
  readonly lastRefusal?: { readonly operation: string; readonly code: string; readonly detail: string } | undefined;
}

/** Everything known about one order; a part is undefined while it does not exist. */
export interface OrderPicture {
  readonly orderId: OrderId;
  /** Trace of the request that placed it, for Jaeger and the logs of every service. */
  readonly traceId: string | undefined;
  readonly order: Part<OrderPart | undefined>;
  readonly ticket: Part<string | undefined>;
  readonly delivery: Part<string | undefined>;
  readonly authorization: Part<string | undefined>;
  /** Oldest first. */
  readonly sagas: Part<readonly SagaView[]>;
  readonly timeline: Part<readonly TimelineLine[]>;
  readonly deadLetters: readonly StoredDeadLetter[];
  readonly deadLettersUnknown: readonly string[];
  readonly relays: readonly RelayLine[];
  readonly health: readonly Health[];
  /** This CLI can start the processes and read their logs. */
  readonly isOurs: boolean;
  readonly at: Date;
}

/** Topics whose messages use the order id as their key. */
const topicsByOrder = ['ftgo.order.events', 'ftgo.kitchen.commands', 'ftgo.kitchen.events', 'ftgo.delivery.events'];

/** Queries all services and databases concurrently. Throws if the order does not exist. */
export async function takePicture(system: ObservedSystem, id: number): Promise<OrderPicture> {
  const sagas = sagasOfOrder(system, id).then(
    (value): Part<SagaView[]> => ({ value }),
    (error: Error): Part<SagaView[]> => ({ unknown: error.message }),
  );
  const [order, ticket, delivery, details, known, timeline, relays, health] = await Promise.all([
    system.get<OrderPart>('order-service', `/orders/${id}`),
    system.get<{ state: string }>('kitchen-service', `/tickets/${id}`),
    system.get<{ deliveryInfo: { state: string } }>('delivery-service', `/deliveries/${id}`),
    system.get<GatewayOrder>('api-gateway', `/orders/${id}`),
    sagas,
    timelineOf(system, orderId(id)),
    relayLines(system),
    system.health(),
  ]);
  if (order.unknown === undefined && !order.value && !known.value?.length) throw new UserError(`order ${id} not found`);
  if (order.unknown !== undefined && known.value?.length === 0) throw new UserError(`cannot find order ${id}: ${order.unknown}`);
  const found = await deadLettersOf(system, system.owners, { about: aboutOf(id, known.value ?? []) });
  return {
    orderId: orderId(id),
    traceId: known.value?.[0]?.traceparent?.split('-')[1],
    order: mapped(order, ({ state, orderTotal, consumerId, restaurantId, rejection, lastRefusal }) => ({
      state,
      orderTotal,
      consumerId,
      restaurantId,
      rejection,
      lastRefusal,
    })),
    ticket: mapped(ticket, ({ state }) => state),
    delivery: mapped(delivery, ({ deliveryInfo }) => deliveryInfo.state),
    authorization: authorizationIn(details),
    sagas: known,
    timeline,
    deadLetters: found.messages,
    deadLettersUnknown: found.unknown,
    relays,
    health,
    isOurs: system.target.isOurs,
    at: new Date(),
  };
}

/** The gateway's composition: no route of its own returns the authorisation of an order. */
interface GatewayOrder {
  readonly authorizationInfo?: { readonly state: string; readonly amount: string };
  readonly unavailable?: readonly string[];
}

function authorizationIn(details: Part<GatewayOrder | undefined>): OrderPicture['authorization'] {
  if (details.value?.unavailable?.includes('authorization')) return { unknown: 'accounting-service is unavailable to api-gateway' };
  return mapped(details, ({ authorizationInfo }) => authorizationInfo && `${authorizationInfo.state} ${authorizationInfo.amount}`);
}

async function timelineOf(system: ObservedSystem, id: OrderId): Promise<Part<TimelineLine[]>> {
  const { value, unknown } = await system.ask(system.owner('order-history-service'), (transactions) =>
    transactions.run((transaction) => readTimeline(transaction, id)),
  );
  return value === undefined ? { unknown: unknown ?? '' } : { value };
}

const aboutOf = (id: number, sagas: readonly SagaView[]) => ({
  headers: {
    [sagaHeader.id]: sagas.map((saga) => saga.id),
    [header.correlationId]: sagas.map(({ correlationId }) => correlationId),
  },
  key: String(id),
  topics: topicsByOrder,
});

const mapped = <From, To>(part: Part<From | undefined>, map: (value: From) => To): Part<To | undefined> =>
  part.unknown === undefined ? { value: part.value === undefined ? undefined : map(part.value) } : part;
