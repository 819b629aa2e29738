import type { RestaurantId } from '@ftgo/ftgo';
import { Metrics } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';
import { RestaurantNotFound } from './restaurant.errors.js';
import type { Restaurant } from './restaurant.js';
import { RestaurantRepository } from './restaurant.repository.js';

/** The restaurants as their owner last told of them. */
@Injectable()
export class RestaurantReplica {
  private readonly log = new Logger(RestaurantReplica.name);
  private readonly gaps;

  constructor(
    private readonly restaurants: RestaurantRepository,
    metrics: Metrics,
  ) {
    this.gaps = metrics.counter('replica_gaps_total', 'Events of a restaurant that had not come when a later one did');
  }

  async get(id: RestaurantId): Promise<Restaurant> {
    const restaurant = await this.restaurants.find(id);
    if (!restaurant) throw new RestaurantNotFound(id);
    return restaurant;
  }

  /** Each event carries the whole restaurant, so a newer one always suffices; that one is missing is still worth an alarm. Returns the sequence that it replaced. */
  async replace(restaurant: Restaurant, isRepair = false): Promise<number | undefined> {
    const { id, sequence } = restaurant;
    const before = await this.restaurants.replace(restaurant, isRepair);
    if (before === undefined || sequence <= before + 1) return before;
    this.gaps.inc();
    this.log.warn({ restaurantId: id, before, sequence }, 'a change of the restaurant is missing');
    return before;
  }
}
