import type { RestaurantId } from '@ftgo/ftgo';
import { Outbox } from '@ftgo/messaging';
import { Database, Ownership, type Page, pageOf } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { Any } from 'typeorm';
import { RestaurantNotFound } from './restaurant.errors.js';
import { Restaurant, type RestaurantEvent } from './restaurant.js';
import { toMessage } from './restaurant.messages.js';

@Injectable()
export class RestaurantRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly ownership: Ownership,
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

  findAll(ids: readonly RestaurantId[], limit: number): Promise<Restaurant[]> {
    return this.database.manager.find<Restaurant>(Restaurant, { where: { id: Any([...ids]) }, take: limit });
  }

  /** A page of the list by id, after the given one. Sizes are read first, so that no more than the page is loaded. */
  async pageAfter(id: RestaurantId | undefined, items: number): Promise<Page<Restaurant>> {
    const found = await this.database.query<{ id: RestaurantId; bytes: number }>(
      `SELECT id, octet_length(name) + octet_length(address::text) + octet_length(menu::text) AS bytes
         FROM restaurants WHERE id > $1 ORDER BY id LIMIT $2`,
      [id ?? 0, items + 1],
    );
    const page = pageOf(found, { items }, ({ bytes }) => bytes);
    const restaurants = await this.database.manager.find<Restaurant>(Restaurant, {
      where: { id: Any(page.items.map((row) => row.id)) },
      order: { id: 'ASC' },
    });
    return { ...page, items: restaurants };
  }

  async save(restaurant: Restaurant, events: readonly RestaurantEvent[]): Promise<void> {
    restaurant.version += events.length;
    await this.database.manager.save(restaurant);
    const { id, owner, version } = restaurant;
    if (owner !== null) await this.ownership.assign({ kind: 'restaurant', id }, owner, version);
    this.outbox.publish(
      restaurant,
      events.map((event) => toMessage(restaurant, event)),
    );
  }
}
