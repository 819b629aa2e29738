import type { RestaurantId } from '@ftgo/kernel';
import { Outbox } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { Any, MoreThan } from 'typeorm';
import { RestaurantNotFound } from './restaurant.errors.js';
import { Restaurant, type RestaurantEvent } from './restaurant.js';
import { told } from './restaurant.messages.js';

@Injectable()
export class RestaurantRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
  ) {}

  async get(id: RestaurantId): Promise<Restaurant> {
    const restaurant = await this.database.manager.findOneBy<Restaurant>(Restaurant, { id });
    if (!restaurant) throw new RestaurantNotFound(id);
    return restaurant;
  }

  /** Locks the row until the transaction ends: TypeORM's version column does not protect against a stale copy. */
  async getForUpdate(id: RestaurantId): Promise<Restaurant> {
    const restaurant = await this.database.manager.findOne<Restaurant>(Restaurant, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!restaurant) throw new RestaurantNotFound(id);
    return restaurant;
  }

  findAll(ids: readonly RestaurantId[]): Promise<Restaurant[]> {
    return this.database.manager.findBy<Restaurant>(Restaurant, { id: Any([...ids]) });
  }

  /** By id, those after the given one. */
  findAfter(id: RestaurantId | undefined, limit: number): Promise<Restaurant[]> {
    const where = id === undefined ? {} : { id: MoreThan(id) };
    return this.database.manager.find<Restaurant>(Restaurant, { where, order: { id: 'ASC' }, take: limit });
  }

  async save(restaurant: Restaurant, events: readonly RestaurantEvent[]): Promise<void> {
    restaurant.version += events.length;
    await this.database.manager.save(restaurant);
    this.outbox.publish(
      restaurant,
      events.map((event) => told(restaurant, event)),
    );
  }
}
