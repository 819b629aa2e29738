// The form of responses, for the gateway that combines those of all services.
export { deadLetterBody, deadLetterExample, deadLettersQuery, deadLettersResponse } from './dead-letters/dead-letters.dto.js';
export { outboxBody, outboxExample } from './outbox/outbox.dto.js';
export { replicaBody, replicaExample, replicasResponse } from './replicas/replicas.dto.js';
export { sagaBody, sagaExample, sagasQuery, sagasResponse } from './sagas/sagas.dto.js';
