import { OrderServiceApi } from '@ftgo/contracts/order';
import { rebuildReplica } from '@ftgo/operations';
import { verifyReplicaRebuild } from '@ftgo/testing/services';
import { describe } from 'vitest';
import { orderDatabase } from '../../test/order.database.js';
import { AppModule, service } from '../app.module.js';
import { RestaurantModule } from './restaurant.module.js';

const asked = { replica: 'restaurants', operator: { name: 'olga', isVerified: false }, reason: 'a test' };

describe('rebuilding the replica of restaurants', () => {
  verifyReplicaRebuild({
    name: service,
    api: OrderServiceApi,
    database: orderDatabase,
    module: (config, broker) => AppModule.forRoot({ ...config, sagaStepDeadlineMs: 120_000 }, broker),
    rebuild: (databaseUrl, broker) => rebuildReplica({ service, databaseUrl, broker, ...asked, modules: [RestaurantModule] }),
    columns: 'id, name, menu_items, order_minimum, sequence',
    wrong: "name = 'Wrong', menu_items = '[]', order_minimum = 99",
    topics: ['ftgo.consumer.events', 'ftgo.delivery.events'],
  });
});
