import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { rebuildReplica } from '@ftgo/operations';
import { verifyReplicaRebuild } from '@ftgo/testing/services';
import { describe } from 'vitest';
import { deliveryDatabase } from '../../test/delivery.database.js';
import { AppModule, service } from '../app.module.js';
import { courierSchema } from '../courier/courier.schema.js';
import { DeliveryModule } from '../delivery/delivery.module.js';
import { deliverySchema } from '../delivery/delivery.schema.js';

const asked = { replica: 'restaurants', operator: { name: 'olga', isVerified: false }, reason: 'a test' };

describe('rebuilding the replica of restaurants', () => {
  verifyReplicaRebuild({
    name: service,
    api: DeliveryServiceApi,
    database: deliveryDatabase,
    module: (config, broker) => AppModule.forRoot(config, broker),
    rebuild: (databaseUrl, broker) =>
      rebuildReplica({ service, databaseUrl, broker, ...asked, modules: [DeliveryModule], entities: [deliverySchema, courierSchema] }),
    columns: 'id, address, sequence',
    wrong: "address = '{}'",
    topics: ['ftgo.order.events', 'ftgo.kitchen.events'],
  });
});
