import { Module } from '@nestjs/common';
import { RestaurantEventHandlers } from './restaurant.event-handlers.js';
import { RestaurantNames } from './restaurant-names.js';

@Module({ providers: [RestaurantNames, RestaurantEventHandlers] })
export class RestaurantModule {}
