import { CommandRefused } from '@ftgo/contracts/common';
import { restaurantEvents } from '@ftgo/contracts/restaurant';
import type { ReplayReport } from '@ftgo/messaging';
import type { Broker } from '@ftgo/messaging/broker';
import { rebuildReplica } from '@ftgo/platform';
import { service } from '../app.module.js';
import { RestaurantModule } from './restaurant.module.js';

/** Makes the replica of restaurants anew from their first event; the service may be running. */
export const rebuildRestaurants = (databaseUrl: string, broker: Broker): Promise<ReplayReport> =>
  rebuildReplica({
    service,
    databaseUrl,
    broker,
    module: RestaurantModule,
    topic: restaurantEvents.topic,
    refusal: CommandRefused,
  });
