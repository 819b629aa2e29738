import { RestaurantReplicaFacts, restaurantsKeeping } from '@ftgo/restaurant-replica';
import { Module } from '@nestjs/common';
import { IndependentRestaurantEventHandlers } from './restaurant.event-handlers.js';

/**
 * The current names of restaurants. The view joins them when it is read, because a renamed restaurant may have more
 * orders than one transaction can change.
 */
@Module({ providers: [restaurantsKeeping('name'), IndependentRestaurantEventHandlers, RestaurantReplicaFacts] })
export class RestaurantModule {}
