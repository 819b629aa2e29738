import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { rebuildReplica } from '@ftgo/operations';
import { verifyReplicaRebuild } from '@ftgo/testing/services';
import { describe } from 'vitest';
import { kitchenDatabase } from '../../test/kitchen.database.js';
import { AppModule, service } from '../app.module.js';
import { RestaurantModule } from './restaurant.module.js';

const asked = { replica: 'restaurants', operator: { name: 'olga', isVerified: false }, reason: 'a test' };

describe('rebuilding the replica of restaurants', () => {
  verifyReplicaRebuild({
    name: service,
    api: KitchenServiceApi,
    database: kitchenDatabase,
    module: (config, broker) => AppModule.forRoot({ ...config, commandDeferralMs: 30_000 }, broker),
    rebuild: (databaseUrl, broker) => rebuildReplica({ service, databaseUrl, broker, ...asked, modules: [RestaurantModule] }),
    columns: 'id, name, menu_items, sequence',
    wrong: "name = 'Wrong', menu_items = '[]'",
    topics: ['ftgo.delivery.events'],
  });
});
