import { rebuildProgram } from '@ftgo/operations';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { OrderHistoryModule } from './history/order-history.module.js';
import { RebuildModule } from './rebuild/rebuild.module.js';
import { RestaurantModule } from './restaurant/restaurant.module.js';

const modules = [OrderHistoryModule, RestaurantModule, RebuildModule.forRoot()];
await rebuildProgram({ service, replica: 'orders', modules, readConfig: readRebuildConfig });
