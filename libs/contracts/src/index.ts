import * as accounting from './accounting.js';
import * as consumer from './consumer.js';
import * as delivery from './delivery.js';
import * as kitchen from './kitchen.js';
import * as order from './order.js';
import * as orderhistory from './orderhistory.js';
import * as restaurant from './restaurant.js';

/** Every contract by its service, for tests and tools. A service imports only the entries listed in its package.json. */
export const contracts = { accounting, consumer, delivery, kitchen, order, orderhistory, restaurant };
