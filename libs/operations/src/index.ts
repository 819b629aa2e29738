// The operators' API of a service with messages.
export { ActForbidden, ActsGuard, ForeignOrigin } from './acts.guard.js';
export { type Fact, type FactRange, FactSource } from './facts/fact-source.js';
export { OperationsModule, type OperationsModuleOptions } from './operations.module.js';
export { type ActRequest, actionBody, actionExample, actRequest, operatorOf } from './operator.js';
export { OwnerActs } from './owners/owner-acts.js';
export { type AssignOwnerRequest, assignOwnerRequest, ownerResponse } from './owners/owners.dto.js';
export { rebuildProgram } from './replicas/rebuild-program.js';
export { type RebuildReplicaOptions, rebuildReplica } from './replicas/rebuild-replica.js';
export { type Rebuild, type RebuildReport, type RebuildResult, Replica } from './replicas/replica.js';
export { RebuildRunning, ReplicaNotFound } from './replicas/replica-rebuilds.js';
export { TopicReplica } from './replicas/topic-replica.js';
