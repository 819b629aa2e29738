import type { RestaurantId } from '@ftgo/ftgo';
import { requireVersion } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Access, batchOf, IdempotentRequests, maxBatch } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { Menu } from './menu.js';
import { RestaurantNotFound } from './restaurant.errors.js';
import { Restaurant, type RestaurantEvent, type RestaurantProfile } from './restaurant.js';
import { RestaurantRepository } from './restaurant.repository.js';

export interface RestaurantPage {
  readonly restaurants: readonly Restaurant[];
  /** The last restaurant of this page if there are more, otherwise undefined. */
  readonly continueAfter: RestaurantId | undefined;
}

@Injectable()
export class RestaurantService {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: IdempotentRequests,
    private readonly restaurants: RestaurantRepository,
    private readonly access: Access,
  ) {}

  /** The restaurant belongs to the caller, unless an operator creates it. */
  createRestaurant(profile: RestaurantProfile, menu: Menu): Promise<RestaurantId> {
    const { owner } = this.access;
    return this.requests.once('createRestaurant', { profile, menu }, async () => {
      const [restaurant, events] = Restaurant.create(profile, menu, owner);
      await this.restaurants.save(restaurant, events);
      return restaurant.id;
    });
  }

  updateRestaurant(id: RestaurantId, profile: RestaurantProfile, expected?: readonly number[]): Promise<Restaurant> {
    return this.change(id, expected, (restaurant) => restaurant.revise(profile));
  }

  reviseMenu(id: RestaurantId, menu: Menu, expected?: readonly number[]): Promise<Restaurant> {
    return this.change(id, expected, (restaurant) => restaurant.reviseMenu(menu));
  }

  removeMenuItem(id: RestaurantId, itemId: string, expected?: readonly number[]): Promise<Restaurant> {
    return this.change(id, expected, (restaurant) => restaurant.removeMenuItem(itemId));
  }

  async assignOwner(id: RestaurantId, owner: string): Promise<void> {
    await this.change(id, undefined, (restaurant) => restaurant.assign(owner));
  }

  getRestaurant(id: RestaurantId): Promise<Restaurant> {
    return this.restaurants.get(id);
  }

  async findRestaurants(ids: readonly RestaurantId[]): Promise<Restaurant[]> {
    return batchOf(await this.restaurants.findAll(ids, maxBatch + 1));
  }

  async listRestaurants(page: { after: RestaurantId | undefined; size: number }): Promise<RestaurantPage> {
    const { items: restaurants, hasMore } = await this.restaurants.pageAfter(page.after, page.size);
    return { restaurants, continueAfter: hasMore ? restaurants.at(-1)?.id : undefined };
  }

  private async change(
    id: RestaurantId,
    expected: readonly number[] | undefined,
    decide: (restaurant: Restaurant) => RestaurantEvent[],
  ): Promise<Restaurant> {
    await this.access.demand({ restaurant: id }, () => new RestaurantNotFound(id));
    return this.transactions.run(async () => {
      const restaurant = await this.restaurants.getForUpdate(id);
      requireVersion(`restaurant ${id}`, restaurant.version, expected);
      const events = decide(restaurant);
      if (events.length > 0) await this.restaurants.save(restaurant, events);
      return restaurant;
    });
  }
}
