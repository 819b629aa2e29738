// Opens the broker of a process, without loading Nest or TypeORM.
export { type BrokerConfig, type BrokerLog, consoleLog, kafkaAccess, openBroker } from './open-broker.js';
