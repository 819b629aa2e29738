import { Module } from '@nestjs/common';
import { RestaurantEventHandlers } from './restaurant.event-handlers.js';
import { RestaurantHttpController } from './restaurant.http.controller.js';
import { RestaurantRepository } from './restaurant.repository.js';

@Module({
  controllers: [RestaurantHttpController],
  providers: [RestaurantRepository, RestaurantEventHandlers],
  exports: [RestaurantRepository],
})
export class RestaurantModule {}
