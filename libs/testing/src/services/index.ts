export { CourierDevice } from './courier-device.js';
export { migratedDatabase } from './migrated-database.js';
export { placeOf } from './place-of.js';
export { eventRecord, type PlayedEvent, playedRecord, publishers } from './played-record.js';
export { PlayedSagas, PlayedServices, type ReceivedMessage } from './played-services.js';
export { type Answer, launch, ServiceInProcess, serviceConfig, startInProcess } from './service-in-process.js';
export { ServiceOnBroker } from './service-on-broker.js';
export { verifyReplicaRebuild } from './verify-replica-rebuild.js';
