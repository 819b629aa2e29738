export * from './accounting.js';
export * from './common.js';
export * from './consumer.js';
export * from './delivery.js';
export * from './kitchen.js';
export * from './order.js';
export * from './orderhistory.js';
export * from './restaurant.js';
