import { RestaurantCreated, RestaurantMenuRevised, RestaurantRevised } from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { type IncomingMessage, rejectLeap, rejectReissue } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Ownership } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { Fact } from './restaurant.js';
import { RestaurantReplica } from './restaurant-replica.js';

@Injectable()
export class RestaurantEventHandlers {
  constructor(
    private readonly restaurants: RestaurantReplica<Fact>,
    private readonly ownership: Ownership,
  ) {}

  @HandlesEvent(RestaurantCreated, RestaurantRevised, RestaurantMenuRevised)
  async replaceRestaurantWhenItChanged(
    { name, address, menu, orderMinimum = Money.zero, owner }: RestaurantCreated | RestaurantRevised | RestaurantMenuRevised,
    message: IncomingMessage,
  ): Promise<void> {
    const { subject, sequence, isReplayed, time } = message;
    if (sequence === undefined) throw new Error(`cannot apply an event of restaurant ${subject}: the event has no sequence`);
    const id = restaurantId(Number(subject));
    const restaurant = { id, name, address, menuItems: menu.menuItems, orderMinimum, sequence };
    const before = await this.restaurants.replace(restaurant, isReplayed, time);
    if (before === undefined) return rejectReissue(message, await this.restaurants.changedAt(id));
    rejectLeap(message, before);
    if (owner !== undefined) await this.ownership.assign({ kind: 'restaurant', id }, owner, sequence);
  }
}
