import { Database, Metrics } from '@ftgo/platform';
import { type Restaurant, RestaurantReplica } from '@ftgo/restaurant-replica';
import { Injectable } from '@nestjs/common';
import { Dispatch } from '../delivery/dispatch.js';

/** The addresses of restaurants. */
@Injectable()
export class RestaurantAddresses extends RestaurantReplica<'address'> {
  constructor(
    database: Database,
    metrics: Metrics,
    private readonly dispatch: Dispatch,
  ) {
    super(database, metrics, ['address']);
  }

  /** Deliveries may be waiting for the address of their restaurant. */
  override replace(restaurant: Restaurant<'address'>, isRepair = false, changedAt?: Date): Promise<number | undefined> {
    return this.dispatch.alone(async () => {
      const before = await super.replace(restaurant, isRepair, changedAt);
      if (before === 0) await this.dispatch.scheduleWaitingAndRest();
      return before;
    });
  }
}
