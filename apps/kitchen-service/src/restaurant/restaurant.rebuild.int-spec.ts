import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { verifyReplicaRebuild } from '@ftgo/testing/services';
import { describe } from 'vitest';
import { kitchenDatabase } from '../../test/kitchen.database.js';
import { AppModule, service } from '../app.module.js';
import { rebuildRestaurants } from './restaurant.rebuild.js';

describe('rebuilding the replica of restaurants', () => {
  verifyReplicaRebuild({
    name: service,
    api: KitchenServiceApi,
    database: kitchenDatabase,
    module: (config, broker) => AppModule.forRoot({ ...config, commandDeferralMs: 30_000 }, broker),
    rebuild: rebuildRestaurants,
    columns: 'id, name, menu_items, sequence',
    wrong: "name = 'Wrong', menu_items = '[]'",
    topics: ['ftgo.delivery.events'],
  });
});
