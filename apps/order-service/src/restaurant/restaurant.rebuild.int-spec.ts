import { OrderServiceApi } from '@ftgo/contracts/order';
import { verifyReplicaRebuild } from '@ftgo/testing/services';
import { describe } from 'vitest';
import { orderDatabase } from '../../test/order.database.js';
import { AppModule, service } from '../app.module.js';
import { rebuildRestaurants } from './restaurant.rebuild.js';

describe('rebuilding the replica of restaurants', () => {
  verifyReplicaRebuild({
    name: service,
    api: OrderServiceApi,
    database: orderDatabase,
    module: (config, broker) => AppModule.forRoot({ ...config, sagaStepDeadlineMs: 120_000 }, broker),
    rebuild: rebuildRestaurants,
    columns: 'id, name, menu_items, order_minimum, sequence',
    wrong: "name = 'Wrong', menu_items = '[]', order_minimum = 99",
  });
});
