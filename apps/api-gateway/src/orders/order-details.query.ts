import { createHash } from 'node:crypto';
import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { OrderDetails as Order } from '@ftgo/contracts/order';
import { DomainError } from '@ftgo/kernel';
import { dateTimeOutput, etagOf, moneyOutput, Tagged } from '@ftgo/platform';
import { lastRefusalJson } from '@ftgo/rest/order';
import { type RestaurantResponse, restaurantJson } from '@ftgo/rest/restaurant';
import { countFallback, deadline } from '@ftgo/rpc';
import { Logger } from '@nestjs/common';
import type { ServiceIdentity } from '../service-identity.js';
import type { Expandable, OrderDetails } from './order.http.dto.js';
import type { ServicesOfOrders } from './services-of-orders.js';

/** API composition (Microservices Patterns, 8.1): the order is mandatory, every other part is optional. */
export class OrderDetailsQuery {
  private readonly log = new Logger(OrderDetailsQuery.name);

  constructor(
    private readonly services: ServicesOfOrders,
    private readonly identity: ServiceIdentity,
    private readonly optionalPartDeadlineMs: number,
  ) {}

  async get(orderId: number, expand: readonly Expandable[]): Promise<Tagged<OrderDetails>> {
    const unavailable: string[] = [];
    const optional = <Part>(name: string, ask: () => Promise<Part>) => this.optional(name, ask, unavailable);
    // A caller who may see the order may see its parts: they are returned only if order-service returns the order.
    const ours = <Part>(ask: () => Promise<Part>) => this.identity.run(ask);
    const asked = this.services.orders.getOrder({ orderId });
    const named = <Part>(name: string, ask: (order: Order) => Promise<Part>) =>
      asked.then(
        ({ order }) => optional(name, () => ask(order)),
        () => undefined,
      );
    const [{ order }, ticketInfo, deliveryInfo, authorizationInfo, restaurant, consumer] = await Promise.all([
      asked,
      optional('ticket', () => ours(() => this.ticket(orderId))),
      optional('delivery', () => ours(() => this.delivery(orderId))),
      optional('authorization', () => ours(() => this.authorization(orderId))),
      named('restaurant', ({ restaurantId }) => this.restaurant(restaurantId)),
      expand.includes('consumer') ? named('consumer', ({ consumerId }) => this.consumer(consumerId)) : undefined,
    ]);
    return tagged(order, {
      orderInfo: { orderId: String(order.orderId), state: order.state, rejection: order.rejection, lastRefusal: lastRefusalJson(order) },
      ticketInfo,
      deliveryInfo,
      authorizationInfo,
      restaurantInfo: restaurant ? { restaurantId: restaurant.id, name: restaurant.name } : knownRestaurant(order, unavailable),
      consumer,
      restaurant: expand.includes('restaurant') ? restaurant : undefined,
      ...(unavailable.length > 0 ? { unavailable } : {}),
    });
  }

  private async ticket(ticketId: number): Promise<OrderDetails['ticketInfo']> {
    const { ticket } = await this.services.kitchen.getTicket({ ticketId });
    return { id: ticket.ticketId, state: ticket.state, readyBy: ticket.readyBy && dateTimeOutput(ticket.readyBy) };
  }

  private async delivery(deliveryId: number): Promise<OrderDetails['deliveryInfo']> {
    const { delivery } = await this.services.deliveries.getDelivery({ deliveryId });
    return { id: delivery.deliveryId, state: delivery.state, assignedCourier: delivery.assignedCourierId ?? null };
  }

  private async authorization(orderId: number): Promise<OrderDetails['authorizationInfo']> {
    const { authorizations } = await this.services.accounting.batchGetAuthorizations({ orderIds: [orderId] });
    const [authorization] = authorizations;
    return authorization && { state: authorization.state, amount: moneyOutput(authorization.amount) };
  }

  private async restaurant(restaurantId: number): Promise<RestaurantResponse> {
    return restaurantJson((await this.services.restaurants.getRestaurant({ restaurantId })).restaurant);
  }

  private async consumer(consumerId: number): Promise<ConsumerDetails> {
    return (await this.services.consumers.getConsumer({ consumerId })).consumer;
  }

  /** A part that does not exist (yet), or that the caller may not see, is omitted; one whose service fails or is late is listed as unavailable. */
  private async optional<Part>(name: string, ask: () => Promise<Part>, unavailable: string[]): Promise<Part | undefined> {
    try {
      return await deadline.runWithin(this.optionalPartDeadlineMs, ask);
    } catch (error) {
      if (error instanceof DomainError && (error.kind === 'not-found' || error.kind === 'forbidden')) return undefined;
      this.log.warn({ part: name, reason: error instanceof Error ? error.message : String(error) }, 'part of an order unavailable');
      unavailable.push(name);
      countFallback(error, name === 'restaurant' ? 'default' : 'omitted');
      return undefined;
    }
  }
}

/** While the restaurant is unavailable: what the order itself knows of it. */
const knownRestaurant = ({ restaurantId }: Order, unavailable: readonly string[]): OrderDetails['restaurantInfo'] =>
  unavailable.includes('restaurant') ? { restaurantId } : undefined;

/** The order's version, for If-Match, and a hash, since the other parts change without it. */
function tagged({ version }: Order, details: OrderDetails): Tagged<OrderDetails> {
  const hash = createHash('sha256').update(JSON.stringify(details)).digest('base64url').slice(0, 16);
  return new Tagged(etagOf(version, hash), details);
}
