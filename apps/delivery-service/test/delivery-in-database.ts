import { type CourierId, courierId, type DeliveryId, deliveryId, restaurantId } from '@ftgo/ftgo';
import { Transactions } from '@ftgo/messaging';
import { Access, Database, Metrics } from '@ftgo/platform';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { CourierQueries } from '../src/courier/courier.queries.js';
import { CourierRepository } from '../src/courier/courier.repository.js';
import { CourierService } from '../src/courier/courier.service.js';
import { DeliveryQueries } from '../src/delivery/delivery.queries.js';
import { DeliveryRepository } from '../src/delivery/delivery.repository.js';
import { DeliveryService } from '../src/delivery/delivery.service.js';
import { Dispatch } from '../src/delivery/dispatch.js';
import { RestaurantAddresses } from '../src/restaurant/restaurant-addresses.js';
import { databaseModule, deliveryDatabase } from './delivery.database.js';
import { ajantaAddress, order, readyBy } from './delivery.mother.js';

let lastId = 0;
const nextId = () => ++lastId;

export type DeliveryInDatabase = Awaited<ReturnType<typeof startDeliveryInDatabase>>;

/** The use cases on a real database, without HTTP, gRPC or messages: the test calls what event handlers would call. */
export async function startDeliveryInDatabase() {
  const testDatabase = await deliveryDatabase();
  const module = await Test.createTestingModule({
    imports: [databaseModule(testDatabase), DiscoveryModule],
    providers: [
      DeliveryRepository,
      DeliveryQueries,
      DeliveryService,
      Dispatch,
      CourierRepository,
      CourierQueries,
      CourierService,
      RestaurantAddresses,
      Metrics,
      { provide: Access, useValue: new Access(false) },
    ],
  }).compile();
  const [service, couriers, restaurants, database] = [
    module.get(DeliveryService),
    module.get(CourierService),
    module.get(RestaurantAddresses),
    module.get(Database),
  ];
  const queries = module.get(DeliveryQueries);
  const courierQueries = module.get(CourierQueries);
  return {
    service,
    couriers,
    database,
    queries,
    courierQueries,
    dispatch: module.get(Dispatch),
    transactions: module.get(Transactions),
    deliveries: module.get(DeliveryRepository),
    nextDelivery: (): DeliveryId => deliveryId(nextId()),
    newRestaurant: () => restaurantId(nextId()),
    restaurantRevised: (id: ReturnType<typeof restaurantId>, sequence = 1) => restaurants.replace({ id, address: ajantaAddress, sequence }),
    orderCreated: (id: DeliveryId, from = order.restaurantId) => service.noteOrderCreated(id, { ...order, restaurantId: from }),
    ticketAccepted: (id: DeliveryId) => service.noteTicketAccepted(id, readyBy),
    /** An available courier with an id above 2^31. */
    newCourier: async (): Promise<CourierId> => {
      const id = courierId(9_000_000_000 + nextId());
      await couriers.noteAvailability(id, true);
      return id;
    },
    /** Removes all couriers and waiting deliveries. */
    reset: async () => {
      for (const { id } of await database.query<{ id: CourierId }>('SELECT id FROM couriers WHERE available'))
        await couriers.noteAvailability(id, false);
      for (const { id } of await database.query<{ id: DeliveryId }>("SELECT id FROM deliveries WHERE state = 'PENDING'"))
        await service.callOff(id);
    },
    stateOf: async (id: DeliveryId) => (await queries.get(id)).state,
    planOf: async (id: CourierId) => (await courierQueries.get(id)).plan.map(({ type, deliveryId }) => `${type} ${deliveryId}`),
    close: async () => {
      await module.close();
      await testDatabase.drop();
    },
  };
}
