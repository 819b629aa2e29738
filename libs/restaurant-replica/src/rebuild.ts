import { restaurantEvents } from '@ftgo/contracts/restaurant';
import type { ReplayReport } from '@ftgo/messaging';
import { type RebuildReplicaOptions, rebuildReplica } from '@ftgo/platform';

/** Rebuilds a service's replica of restaurants from their first event, while the service may be running. */
export const rebuildRestaurantReplica = (options: Omit<RebuildReplicaOptions, 'topic'>): Promise<ReplayReport> =>
  rebuildReplica({ ...options, topic: restaurantEvents.topic });
