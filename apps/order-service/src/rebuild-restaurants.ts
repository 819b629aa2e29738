import { rebuildProgram } from '@ftgo/operations';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { RestaurantModule } from './restaurant/restaurant.module.js';

await rebuildProgram({ service, replica: 'restaurants', modules: [RestaurantModule], readConfig: readRebuildConfig });
