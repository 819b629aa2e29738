import { RestaurantEventHandlers, RestaurantReplica, RestaurantReplicaFacts, restaurantsOperated } from '@ftgo/restaurant-replica';
import { Module } from '@nestjs/common';
import { CourierHttpController } from '../courier/courier.http.controller.js';
import { CourierQueries } from '../courier/courier.queries.js';
import { CourierRepository } from '../courier/courier.repository.js';
import { CourierService } from '../courier/courier.service.js';
import { RestaurantAddresses } from '../restaurant/restaurant-addresses.js';
import { DeliveryEventHandlers } from './delivery.event-handlers.js';
import { DeliveryFacts } from './delivery.facts.js';
import { DeliveryGrpcController } from './delivery.grpc.controller.js';
import { DeliveryHttpController } from './delivery.http.controller.js';
import { DeliveryQueries } from './delivery.queries.js';
import { DeliveryRepository } from './delivery.repository.js';
import { DeliveryService } from './delivery.service.js';
import { Dispatch } from './dispatch.js';

/** A single module: deliveries, couriers and the replica of restaurants change together. */
@Module({
  controllers: [DeliveryHttpController, CourierHttpController, DeliveryGrpcController],
  providers: [
    DeliveryRepository,
    DeliveryQueries,
    DeliveryService,
    DeliveryEventHandlers,
    Dispatch,
    CourierRepository,
    CourierQueries,
    CourierService,
    { provide: RestaurantReplica, useClass: RestaurantAddresses },
    restaurantsOperated,
    RestaurantEventHandlers,
    DeliveryFacts,
    RestaurantReplicaFacts,
  ],
  exports: [CourierQueries, CourierService],
})
export class DeliveryModule {}
