// What an operator's tool needs to read sagas, without Nest, so that it starts quickly.
export type { SagaStatus } from './decide/instance.js';
export {
  type AwaitedReply,
  type SagaDetails,
  type SagaFilter,
  type SagaHistoryRow,
  SagaNotFound,
  SagaReader,
  type SagaSummary,
} from './engine/saga-reader.js';
export { sagaHeader } from './headers.js';
