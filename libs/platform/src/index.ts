export type { NestFastifyApplication } from '@nestjs/platform-fastify';
export {
  brokers,
  databaseUrl,
  grpcConfig,
  type HttpConfig,
  hostAndPort,
  httpConfig,
  kafkaLargestBatchBytes,
  kafkaTopics,
  milliseconds,
  port,
  serviceConfig,
} from './config/config-fields.js';
export { ConfigError, parseConfig, variableOf } from './config/parse-config.js';
export { type GrpcLimits, grpcLimits, type HttpLimits, limitsOf, type ServiceLimits } from './config/server-limits.js';
export { awaitMigrations } from './database/await-migrations.js';
export { generatedId, jsonColumn, moneyColumn, plainJsonColumn } from './database/columns.js';
export type { DatabaseOptions } from './database/data-source.js';
export { Database } from './database/database.js';
export { DatabaseModule } from './database/database.module.js';
export { type MigrationOptions, runMigrations } from './database/run-migrations.js';
export { TransactionAborted } from './database/typeorm-sessions.js';
export { DependencyUnavailable, isUnavailable } from './errors/dependency-unavailable.js';
export { type HealthStatus, type Readiness, ReadinessCheck, ReadinessIndicator } from './health/readiness.js';
export { KnowsEveryId, Refuses } from './http/described-problems.js';
export {
  address,
  dateTime,
  dateTimeOutput,
  id,
  idParam,
  moneyOutput,
  moneyText,
  moneyValue,
  nonEmptyText,
  optionalText,
  personName,
  quantity,
  wholeNumberParam,
} from './http/fields.js';
export { idempotencyKeyHeader, readIdempotencyKey, TakesIdempotencyKey } from './http/idempotency-header.js';
export { type FieldProblem, InvalidRequest, MessageTooLarge, type Problem, problemOf } from './http/problem.js';
export { contextOf, type RequestContext } from './http/request-context.js';
export {
  keywordsParam,
  maxKeywords,
  maxMenuItems,
  maxOrderLines,
  maxPageSize,
  menuFields,
  namesParam,
  newOrderFields,
  orderLines,
  pageSizeParam,
  restaurantFields,
  startKeyParam,
} from './http/request-fields.js';
export { valid } from './http/validation.pipe.js';
export { IdempotencyKeyReused, RequestInProgress } from './idempotency/idempotency.errors.js';
export { idempotencyKey } from './idempotency/idempotency-key.js';
export { idempotencySchema } from './idempotency/idempotency-schema.js';
export { IdempotentRequests } from './idempotency/idempotent-requests.js';
export { Metrics } from './metrics/metrics.js';
export { BatchTooLarge, batchOf, maxBatch } from './paging/batch.js';
export { maxPageBytes, type Page, type PageSize, pageOf } from './paging/page.js';
export { type CreateServiceOptions, createService } from './service/create-service.js';
export { type MigrateOptions, migrate } from './service/migrate.js';
export { PlatformModule } from './service/platform.module.js';
export { type RebuildReplicaOptions, rebuildReplica } from './service/rebuild-replica.js';
export { endWithMessage, runService, type ServiceModule, type ServiceOptions } from './service/run-service.js';
