import type { ReplayReport } from '@ftgo/messaging';
import type { Broker } from '@ftgo/messaging/broker';
import { rebuildRestaurantReplica } from '@ftgo/restaurant-replica';
import { service } from '../app.module.js';
import { courierSchema } from '../courier/courier.schema.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { deliverySchema } from '../delivery/delivery.schema.js';

/** Rebuilds the replica of restaurants from their first event, while the service may be running. */
export const rebuildRestaurants = (databaseUrl: string, broker: Broker): Promise<ReplayReport> =>
  rebuildRestaurantReplica({ service, databaseUrl, broker, module: DeliveryModule, entities: [deliverySchema, courierSchema] });
