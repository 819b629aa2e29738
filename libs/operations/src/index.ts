// The operators' API of a service with messages.
export { ActForbidden, ActsGuard, ForeignOrigin } from './acts.guard.js';
export { type Fact, type FactRange, FactSource } from './facts/fact-source.js';
export { OperationsModule, type OperationsModuleOptions } from './operations.module.js';
