export * from './accounting.js';
export * from './common.js';
export * from './consumer.js';
export * from './kitchen.js';
export * from './order.js';
export * from './restaurant.js';
