export { ActNotPossible, noAnswerCode } from './decide/decide.js';
export type { HistoryEntry, SagaEvent } from './decide/decision.js';
export type { SagaInstance, SagaStatus } from './decide/instance.js';
export { defaultTiming, type Timing } from './decide/timing.js';
export type { AlreadyDone, Invocation, LocalWork, SagaDefinition, SagaStep, ServiceClass, Undoing } from './definition/definition.js';
export { undoOf } from './definition/definition.js';
export type { Duration } from './definition/duration.js';
export { InvalidSaga, type InvokedStep, type SagaOptions, type SagaSteps, type Step, type StepAction, saga } from './definition/saga.js';
export { plainValues, type StateCodec, UnstorableState } from './definition/state-codec.js';
export { type SagaStepMessage, sagaDiagnostics } from './diagnostics.js';
export { SagaClock } from './engine/saga-clock.js';
export { SagaDeadlines, type SagaDeadlinesOptions } from './engine/saga-deadlines.js';
export { type OperatorNote, SagaOperations } from './engine/saga-operations.js';
export {
  type SagaDetails,
  type SagaFilter,
  type SagaHistoryRow,
  SagaNotFound,
  SagaReader,
  type SagaSummary,
} from './engine/saga-reader.js';
export { SagaRetention } from './engine/saga-retention.js';
export { type SagaLogger, Sagas, type SagasOptions } from './engine/sagas.js';
export { ParticipantModule, type ParticipantModuleOptions } from './nest/participant.module.js';
export { SagasModule, type SagasModuleOptions } from './nest/sagas.module.js';
export { type AnsweringOnceOptions, answeringOnce, withdrawnCode } from './participant/answering-once.js';
export { type Answers, PgAnswers } from './participant/answers.js';
export { participantSchema, sagaRetentionSchema, sagaSchema } from './schema/saga-schema.js';
