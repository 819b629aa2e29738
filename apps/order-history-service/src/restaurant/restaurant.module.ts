import { restaurantsKeeping } from '@ftgo/restaurant-replica';
import { Module } from '@nestjs/common';
import { IndependentRestaurantEventHandlers } from './restaurant.event-handlers.js';

/**
 * What restaurants are called now. The view joins it when it is read: a restaurant that is renamed may have more orders
 * than one transaction can change.
 */
@Module({ providers: [restaurantsKeeping('name'), IndependentRestaurantEventHandlers] })
export class RestaurantModule {}
