import { rebuildProgram } from '@ftgo/operations';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { courierSchema } from './courier/courier.schema.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { deliverySchema } from './delivery/delivery.schema.js';

await rebuildProgram({
  service,
  replica: 'restaurants',
  modules: [DeliveryModule],
  entities: [deliverySchema, courierSchema],
  readConfig: readRebuildConfig,
});
