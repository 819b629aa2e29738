export { type BrokerAt, brokerEnvironmentOf, kafkaClientOf, openBrokerAt } from './broker/broker-access.js';
export { forgetOffsets } from './broker/forget-offsets.js';
export { type KafkaPartition, kafkaPartitions } from './broker/kafka-partitions.js';
export { becauseNoKafka, noKafka } from './broker/no-kafka.js';
export { type OwnBroker, startBroker, testBroker } from './broker/own-broker.js';
export type { RawRecord, RecordToWrite } from './broker/raw-record.js';
export { readTopics, writeRecords } from './broker/raw-records.js';
export { noSecuredKafka, type SecuredKafka, startSecuredKafka } from './broker/secured-kafka.js';
export { createTopic, readTopic, TopicReader, type TopicRecord } from './broker/topic-reader.js';
export { CertificateFiles, noCertificates, TestAuthority } from './certificates.js';
export { confirmDevice } from './confirm-device.js';
export { type TestDatabase, testDatabase } from './database.js';
export { debeziumFolder, debeziumJars, fetchDebezium, noDebezium, type RunningDebezium, startDebezium } from './debezium.js';
export { DescribedApi, type HttpAnswer, type OpenApiDocument } from './described-api.js';
export { type DocumentForReaders, gapsIn } from './description-gaps.js';
export { eventually, type Patience } from './eventually.js';
export { type FaultProxy, faultProxy } from './fault-proxy/fault-proxy.js';
export { startKafkaBehindProxy } from './fault-proxy/kafka-behind-proxy.js';
export { type Fault, faults } from './faulty-server/faults.js';
export { type FaultyServer, faultyServer } from './faulty-server/faulty-server.js';
export {
  discardServers,
  type OwnKafka,
  type OwnPostgres,
  type PrivatePostgres,
  sharedPostgres,
  startKafka,
  startPostgres,
  testKafka,
} from './infrastructure.js';
export { ownedFolder } from './owned-folder.js';
export { noPgBouncer, type PgBouncer, startPgBouncer } from './pgbouncer.js';
export { playPostgres } from './played-postgres.js';
export { securePostgres } from './secured-postgres.js';
export { givenSystem } from './system/given-system.js';
export type { RunningSystem } from './system/running-system.js';
export { type SecondInstance, type SystemOptions, startSystem, TestSystem } from './system/start-system.js';
export { uniqueName } from './unique-name.js';
