// The operators' API of a service that runs sagas.
export { SagaOperationsModule } from './saga-operations.module.js';
