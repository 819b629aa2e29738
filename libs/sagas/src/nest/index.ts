// Sagas in a NestJS application.
export { ParticipantModule } from './participant.module.js';
export { SagasModule } from './sagas.module.js';
