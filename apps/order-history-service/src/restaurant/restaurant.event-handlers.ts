import { RestaurantCreated, RestaurantMenuRevised, RestaurantRevised } from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { type IncomingMessage, rejectLeap } from '@ftgo/messaging';
import { HandlesEvent, IndependentPerKey } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { RestaurantNames } from './restaurant-names.js';

@Injectable()
export class RestaurantEventHandlers {
  constructor(private readonly restaurants: RestaurantNames) {}

  @HandlesEvent(RestaurantCreated, RestaurantRevised, RestaurantMenuRevised)
  @IndependentPerKey()
  async renameRestaurantWhenItChanged(
    { name }: RestaurantCreated | RestaurantRevised | RestaurantMenuRevised,
    message: IncomingMessage,
  ): Promise<void> {
    const { subject, sequence } = message;
    if (sequence === undefined) throw new Error(`an event of restaurant ${subject} has no sequence: it cannot be told from an older one`);
    const before = await this.restaurants.note({ id: restaurantId(Number(subject)), name, sequence });
    if (before !== undefined) rejectLeap(message, before);
  }
}
