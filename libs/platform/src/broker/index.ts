// Opens the broker of a process; it loads neither Nest nor TypeORM.
export { type BrokerConfig, type BrokerLog, consoleLog, openBroker } from './open-broker.js';
