import { RestaurantCreated, RestaurantMenuRevised, RestaurantRevised } from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { type IncomingMessage, rejectLeap } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { RestaurantReplica } from './restaurant.replica.js';

@Injectable()
export class RestaurantEventHandlers {
  constructor(private readonly restaurants: RestaurantReplica) {}

  @HandlesEvent(RestaurantCreated, RestaurantRevised, RestaurantMenuRevised)
  async replaceRestaurantWhenItChanged(
    { address }: RestaurantCreated | RestaurantRevised | RestaurantMenuRevised,
    message: IncomingMessage,
  ): Promise<void> {
    const { subject, sequence, isReplayed } = message;
    if (sequence === undefined) throw new Error(`an event of restaurant ${subject} has no sequence: it cannot be told from an older one`);
    const before = await this.restaurants.replace({ id: restaurantId(Number(subject)), address, sequence }, isReplayed);
    if (before !== undefined) rejectLeap(message, before);
  }
}
