import { Module } from '@nestjs/common';
import { RestaurantEventHandlers } from './restaurant.event-handlers.js';
import { RestaurantHttpController } from './restaurant.http.controller.js';
import { RestaurantReplica } from './restaurant.replica.js';
import { RestaurantRepository } from './restaurant.repository.js';

@Module({
  controllers: [RestaurantHttpController],
  providers: [RestaurantRepository, RestaurantReplica, RestaurantEventHandlers],
  exports: [RestaurantRepository],
})
export class RestaurantModule {}
