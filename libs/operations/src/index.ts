// The operators' API of a service with messages.
export { ActForbidden, ActsGuard, ForeignOrigin } from './acts.guard.js';
export { OperationsModule, type OperationsModuleOptions } from './operations.module.js';
