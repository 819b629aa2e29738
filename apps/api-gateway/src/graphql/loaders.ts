import type { AuthorizationDetails } from '@ftgo/contracts/accounting';
import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { DeliveryDetails } from '@ftgo/contracts/delivery';
import type { TicketDetails } from '@ftgo/contracts/kitchen';
import type { OrderDetails } from '@ftgo/contracts/order';
import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { maxBatch } from '@ftgo/platform';
import DataLoader from 'dataloader';
import type { ServicesOfOrders } from '../orders/services-of-orders.js';
import type { ServiceIdentity } from '../service-identity.js';

type Loader<Item> = DataLoader<number, Item | undefined>;

/** What one request reads: each thing once, and those that are needed at the same time in one call. */
export interface Loaders {
  readonly order: Loader<OrderDetails>;
  readonly consumer: Loader<ConsumerDetails>;
  readonly restaurant: Loader<RestaurantDetails>;
  readonly ticket: Loader<TicketDetails>;
  readonly delivery: Loader<DeliveryDetails>;
  readonly authorization: Loader<AuthorizationDetails>;
}

/** Tickets, deliveries and authorisations are reached only through an order that the caller may see. */
export const loadersOf = (
  { orders, consumers, restaurants, kitchen, deliveries, accounting }: ServicesOfOrders,
  identity: ServiceIdentity,
): Loaders => ({
  order: byId(
    async (orderIds) => (await orders.batchGetOrders({ orderIds })).orders,
    ({ orderId }) => orderId,
  ),
  consumer: byId(
    async (consumerIds) => (await consumers.batchGetConsumers({ consumerIds })).consumers,
    ({ consumerId }) => consumerId,
  ),
  restaurant: byId(
    async (restaurantIds) => (await restaurants.batchGetRestaurants({ restaurantIds })).restaurants,
    ({ restaurantId }) => restaurantId,
  ),
  ticket: byId(
    async (ticketIds) => (await identity.run(() => kitchen.batchGetTickets({ ticketIds }))).tickets,
    ({ ticketId }) => ticketId,
  ),
  delivery: byId(
    async (deliveryIds) => (await identity.run(() => deliveries.batchGetDeliveries({ deliveryIds }))).deliveries,
    ({ deliveryId }) => deliveryId,
  ),
  authorization: byId(
    async (orderIds) => (await identity.run(() => accounting.batchGetAuthorizations({ orderIds }))).authorizations,
    ({ orderId }) => orderId,
  ),
});

function byId<Item>(read: (ids: readonly number[]) => Promise<readonly Item[]>, idOf: (item: Item) => number): Loader<Item> {
  const load = async (ids: readonly number[]): Promise<Array<Item | undefined>> => {
    const found = new Map((await read(ids)).map((item) => [idOf(item), item]));
    return ids.map((id) => found.get(id));
  };
  return new DataLoader(load, { maxBatchSize: maxBatch });
}
