import { RestaurantCreated, RestaurantMenuRevised, RestaurantRevised } from '@ftgo/contracts/restaurant';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent, IndependentPerKey } from '@ftgo/messaging-nest';
import { RestaurantEventHandlers } from '@ftgo/restaurant-replica';
import { Injectable } from '@nestjs/common';

@Injectable()
export class IndependentRestaurantEventHandlers extends RestaurantEventHandlers {
  @HandlesEvent(RestaurantCreated, RestaurantRevised, RestaurantMenuRevised)
  @IndependentPerKey()
  override replaceRestaurantWhenItChanged(
    event: RestaurantCreated | RestaurantRevised | RestaurantMenuRevised,
    message: IncomingMessage,
  ): Promise<void> {
    return super.replaceRestaurantWhenItChanged(event, message);
  }
}
