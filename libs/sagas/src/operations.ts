// What an operator's tool needs to look at sagas, and no more: without Nest it starts at once.
export type { SagaStatus } from './decide/instance.js';
export {
  type SagaDetails,
  type SagaFilter,
  type SagaHistoryRow,
  SagaNotFound,
  SagaReader,
  type SagaSummary,
} from './engine/saga-reader.js';
export { sagaHeader } from './headers.js';
