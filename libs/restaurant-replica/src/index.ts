export { restaurantTimes } from './replica-migrations.js';
export { RestaurantEventHandlers } from './restaurant.event-handlers.js';
export type { MenuItem, Restaurant } from './restaurant.js';
export { RestaurantReplicaFacts } from './restaurant-replica.facts.js';
export { RestaurantReplica } from './restaurant-replica.js';
export { RestaurantReplicaModule, restaurantsKeeping, restaurantsOperated } from './restaurant-replica.module.js';
