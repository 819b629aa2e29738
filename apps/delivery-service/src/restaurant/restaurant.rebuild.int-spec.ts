import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { verifyReplicaRebuild } from '@ftgo/testing/services';
import { describe } from 'vitest';
import { deliveryDatabase } from '../../test/delivery.database.js';
import { AppModule, service } from '../app.module.js';
import { rebuildRestaurants } from './restaurant.rebuild.js';

describe('rebuilding the replica of restaurants', () => {
  verifyReplicaRebuild({
    name: service,
    api: DeliveryServiceApi,
    database: deliveryDatabase,
    module: (config, broker) => AppModule.forRoot(config, broker),
    rebuild: rebuildRestaurants,
    columns: 'id, address, sequence',
    wrong: "address = '{}'",
    topics: ['ftgo.order.events', 'ftgo.kitchen.events'],
  });
});
