import type { Address, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import type { Menu } from './menu.js';

/** Every event carries the whole restaurant, so the newest one is enough to update a replica. */
export type RestaurantEvent = 'RestaurantCreated' | 'RestaurantRevised' | 'RestaurantMenuRevised';

export interface RestaurantProfile {
  readonly name: string;
  readonly address: Address;
  /** Orders below this total are rejected; zero when there is no minimum. */
  readonly orderMinimum: Money;
}

export class Restaurant implements RestaurantProfile {
  readonly id!: RestaurantId;
  name!: string;
  address!: Address;
  orderMinimum!: Money;
  menu!: Menu;
  /** The principal to whom it belongs, if there is one. */
  owner: string | null = null;
  /** Number of events so far. */
  version!: number;

  static create(profile: RestaurantProfile, menu: Menu, owner?: string): [Restaurant, RestaurantEvent[]] {
    const restaurant = Object.assign(new Restaurant(), { ...profile, menu, owner: owner ?? null, version: 0 });
    return [restaurant, ['RestaurantCreated']];
  }

  revise({ name, address, orderMinimum }: RestaurantProfile): RestaurantEvent[] {
    if (this.isAt({ name, address, orderMinimum })) return [];
    Object.assign(this, { name, address, orderMinimum });
    return ['RestaurantRevised'];
  }

  reviseMenu(menu: Menu): RestaurantEvent[] {
    if (menu.equals(this.menu)) return [];
    this.menu = menu;
    return ['RestaurantMenuRevised'];
  }

  /** Removing an item that is not on the menu has no effect. */
  removeMenuItem(itemId: string): RestaurantEvent[] {
    return this.reviseMenu(this.menu.without(itemId));
  }

  assign(owner: string): RestaurantEvent[] {
    if (owner === this.owner) return [];
    this.owner = owner;
    return ['RestaurantRevised'];
  }

  private isAt({ name, address, orderMinimum }: RestaurantProfile): boolean {
    return name === this.name && orderMinimum.equals(this.orderMinimum) && sameAddress(address, this.address);
  }
}

const sameAddress = (one: Address, other: Address): boolean =>
  (['street1', 'street2', 'city', 'state', 'zip'] as const).every((part) => one[part] === other[part]);
