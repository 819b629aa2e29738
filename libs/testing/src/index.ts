export { type DatabaseTemplate, type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.js';
export { DescribedApi, type DescribedRoute, type HttpAnswer, type OpenApiDocument } from './described-api.js';
export { eventually, type Patience } from './eventually.js';
export { type Admission, type FaultProxy, type FaultProxyOptions, faultProxy } from './fault-proxy/fault-proxy.js';
export { startKafkaBehindProxy } from './fault-proxy/kafka-behind-proxy.js';
export {
  type OwnKafka,
  type OwnPostgres,
  type OwnServer,
  sharedPostgres,
  startKafka,
  startPostgres,
  testKafka,
} from './infrastructure.js';
export type { KafkaAddress, PostgresAddress } from './keeper/protocol.js';
export { noPgBouncer, type PgBouncer, type PgBouncerOptions, startPgBouncer } from './pgbouncer.js';
export { type PlayedPostgres, playPostgres } from './played-postgres.js';
export { type RawRecord, type RecordToWrite, readTopics, type WrittenRecord, writeRecords } from './raw-records.js';
export { givenSystem, type SystemTarget } from './system/given-system.js';
export type { RunningSystem } from './system/running-system.js';
export { type SecondInstance, type SystemOptions, startSystem, TestSystem } from './system/start-system.js';
export { createTopic, readTopic, TopicReader, type TopicRecord } from './topic-reader.js';
export { uniqueName } from './unique-name.js';
