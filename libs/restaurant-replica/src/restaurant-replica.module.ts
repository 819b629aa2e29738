import { restaurantEvents } from '@ftgo/contracts/restaurant';
import { TopicReplica } from '@ftgo/operations';
import { Database, Metrics } from '@ftgo/platform';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { RestaurantEventHandlers } from './restaurant.event-handlers.js';
import { RestaurantHttpController } from './restaurant.http.controller.js';
import type { Fact } from './restaurant.js';
import { RestaurantReplicaFacts } from './restaurant-replica.facts.js';
import { RestaurantReplica } from './restaurant-replica.js';

export const restaurantsKeeping = (...kept: readonly Fact[]): Provider => ({
  provide: RestaurantReplica,
  useFactory: (database: Database, metrics: Metrics) => new RestaurantReplica(database, metrics, kept),
  inject: [Database, Metrics],
});

/** Shows the service's RestaurantReplica to operators, who can rebuild it. */
export const restaurantsOperated: Provider = {
  provide: TopicReplica,
  useFactory: (restaurants: RestaurantReplica) =>
    new TopicReplica({
      name: 'restaurants',
      topic: restaurantEvents.topic,
      gaps: () => restaurants.gaps,
      forget: (ids) => restaurants.forget(ids),
    }),
  inject: [RestaurantReplica],
};

/** A replica of restaurants and their menus, served at `GET /restaurants/:id`. */
@Module({})
export class RestaurantReplicaModule {
  static keeping(...kept: readonly Fact[]): DynamicModule {
    return {
      module: RestaurantReplicaModule,
      controllers: [RestaurantHttpController],
      providers: [restaurantsKeeping(...kept), restaurantsOperated, RestaurantEventHandlers, RestaurantReplicaFacts],
      exports: [RestaurantReplica],
    };
  }
}
