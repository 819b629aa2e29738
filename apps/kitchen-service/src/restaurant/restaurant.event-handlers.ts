import { RestaurantCreated, RestaurantMenuRevised, RestaurantRevised } from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/kernel';
import { HandlesEvent, type IncomingMessage } from '@ftgo/messaging';
import { Metrics } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';
import { RestaurantRepository } from './restaurant.repository.js';

@Injectable()
export class RestaurantEventHandlers {
  private readonly log = new Logger(RestaurantEventHandlers.name);
  private readonly gaps;

  constructor(
    private readonly restaurants: RestaurantRepository,
    metrics: Metrics,
  ) {
    this.gaps = metrics.counter('replica_gaps_total', 'Events of a restaurant that never came before a later one did');
  }

  /** Each event carries the whole restaurant, so a newer one always suffices; that one is missing is still worth an alarm. */
  @HandlesEvent(RestaurantCreated, RestaurantRevised, RestaurantMenuRevised)
  async replaceRestaurantWhenItChanged(
    { name, menu }: RestaurantCreated | RestaurantRevised | RestaurantMenuRevised,
    { subject, sequence }: IncomingMessage,
  ): Promise<void> {
    if (sequence === undefined) throw new Error(`an event of restaurant ${subject} has no sequence: it cannot be told from an older one`);
    const id = restaurantId(Number(subject));
    const before = await this.restaurants.replace({ id, name, menuItems: menu.menuItems, sequence });
    if (before === undefined || before + 1 === sequence) return;
    this.gaps.inc();
    this.log.warn({ restaurantId: id, before, sequence }, 'a change of the restaurant is missing');
  }
}
