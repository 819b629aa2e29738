export { principalId } from '@ftgo/security';
export type { NestFastifyApplication } from '@nestjs/platform-fastify';
export { Access, type Owners } from './access/access.js';
export { type Kind, Ownership } from './access/ownership.js';
export { Allow, type Role } from './access/roles.js';
export { runAs } from './access/run-as.js';
export { isProduction } from './broker/config.js';
export { currentSecret } from './config/changing-secret.js';
export {
  balancing,
  brokerConfig,
  databaseUrl,
  discoveryConfig,
  edgeConfig,
  grpcConfig,
  hostAndPort,
  httpConfig,
  instanceAddresses,
  messagingConfig,
  milliseconds,
  rebuildConfig,
  serviceConfig,
} from './config/config-fields.js';
export { ConfigError, neededWhen, parseConfig, variableOf } from './config/parse-config.js';
export { type SecurityConfig, tokenSettings } from './config/security-config.js';
export { type GrpcLimits, grpcLimits, limitsOf } from './config/server-limits.js';
export { certificateProblem, type TlsSettings, tlsConfig, tlsSettings } from './config/tls-config.js';
export { generatedId, jsonColumn, moneyColumn, plainJsonColumn } from './database/columns.js';
export type { DatabaseOptions } from './database/data-source.js';
export { Database } from './database/database.js';
export { DatabaseModule } from './database/database.module.js';
export { runMigrations } from './database/run-migrations.js';
export { DependencyUnavailable } from './errors/dependency-unavailable.js';
export { ReadinessCheck, ReadinessIndicator } from './health/readiness.js';
export { issuerIsDown, principalOf } from './http/authentication.js';
export { Summary } from './http/described-operations.js';
export { AnswersAnyId, MayBeCached, MayRespondWith } from './http/described-problems.js';
export { etagOf } from './http/etag.js';
export {
  dateTime,
  dateTimeOutput,
  id,
  idParam,
  moneyOutput,
  moneyText,
  moneyValue,
  nonEmptyText,
  personName,
  wholeNumberParam,
} from './http/fields.js';
export { isFromForeignOrigin } from './http/foreign-origin.js';
export { AcceptsIdempotencyKey, idempotencyKeyHeader, readIdempotencyKey } from './http/idempotency-header.js';
export { isLoopback } from './http/loopback.js';
export { Overloaded } from './http/overload.js';
export { pageHeaders } from './http/page-headers.js';
export { AcceptsWait, type PreferredWait, Wait } from './http/prefer.js';
export { bodyOf as problemBodyOf, type FieldProblem, InvalidRequest, MessageTooLarge, problemOf } from './http/problem.js';
export { protobufForm } from './http/protobuf-form.js';
export { ProtocolError } from './http/protocol-error.js';
export { type Representation, RepresentedAs } from './http/represented-as.js';
export { contextOf as contextOfRequest } from './http/request-context.js';
export {
  keywordsParam,
  maxKeywords,
  maxPageSize,
  menuFields,
  namesParam,
  newOrderFields,
  orderLines,
  pageSizeParam,
  restaurantFields,
  startKeyParam,
} from './http/request-fields.js';
export { RespondsWith } from './http/responds-with.js';
export { AcceptsIfMatch, ExpectedVersions, HasETag, Tagged } from './http/tagged.js';
export { valid } from './http/validation.pipe.js';
export { idempotencyKey } from './idempotency/idempotency-key.js';
export { IdempotentRequests } from './idempotency/idempotent-requests.js';
export { Metrics } from './metrics/metrics.js';
export { idempotencyKeys, idempotentOperations } from './migrations/idempotency-migrations.js';
export {
  messagingSchemaChange,
  operatorActions,
  partitionFunctions,
  relayProof,
  restoredDatabases,
  struckMessages,
} from './migrations/messaging-migrations.js';
export { ownershipTable } from './migrations/ownership-migration.js';
export { type Migration, sqlMigration } from './migrations/sql-migration.js';
export { batchOf, maxBatch } from './paging/batch.js';
export { maxPageBytes, type Page, pageOf } from './paging/page.js';
export { idCursor, pageFields } from './paging/paged-list.js';
export { endWithMessage } from './process/run-process.js';
export { createService } from './service/create-service.js';
export { describeService } from './service/describe-service.js';
export { migrate } from './service/migrate.js';
export { runService, type ServiceModule } from './service/run-service.js';
export { serviceBroker } from './service/service-broker.js';
export { Settling } from './settling/settling.js';
export { type Versioned, WatchedVersions } from './settling/watched-versions.js';
