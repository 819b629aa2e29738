import { type ContentTypes, jsonContentType, protobufContentType } from '@ftgo/messaging';
import { isPostgresUrl } from '@ftgo/messaging/postgres';
import { z } from 'zod';
import { kafkaAccess } from './kafka-access.js';
import { neededWhen } from './parse-config.js';
import { hasCertificate } from './readable-file.js';
import { type SecurityConfig, securityConfig } from './security-config.js';
import { grpcLimits, type HttpLimits, httpLimits, type ServiceLimits, serviceLimits } from './server-limits.js';
import { tlsServerConfig } from './tls-config.js';

const portNumber = z.coerce.number().int().min(0).max(65_535);

/** A TCP port to listen on; 0 picks a free port. */
export const port = () => portNumber.describe('a port number from 0 to 65535 (0 picks a free port)');

/** A PostgreSQL URL, which may have several hosts: a primary and its standbys. */
export const postgresUrl = () =>
  z
    .string()
    .refine(isPostgresUrl, 'expected a PostgreSQL URL')
    .refine(hasRootCertificate, 'cannot read a certificate from the file that its sslrootcert names');

function hasRootCertificate(url: string): boolean {
  const file = /[?&]sslrootcert=([^&]*)/.exec(url)?.[1];
  return file === undefined || hasCertificate(decodeURIComponent(file));
}

/** The Postgres URL of the service's own role and database. */
export const databaseUrl = () =>
  postgresUrl().describe('a URL such as postgres://role:password@host:5432/database; with a standby, host1:5432,host2:5432');

/** The size of a service's pool. */
const databasePoolSize = () =>
  z.coerce
    .number()
    .int()
    .min(2)
    .default(20)
    .optional()
    .describe('the maximum number of connections of one instance to its database, at least 2');

/** The publisher of a service's outbox. */
const outboxPublisher = () =>
  z
    .enum(['relay', 'debezium'])
    .optional()
    .describe('relay (the default), or debezium, which publishes the outbox through the replication slot `<database>_outbox`');

/** The broker that carries messages between services. */
const broker = () =>
  z.enum(['kafka', 'postgres']).optional().describe('kafka (the default), or postgres for development and small installations');

/** The database of the PostgreSQL broker. */
const brokerUrl = () =>
  postgresUrl()
    .optional()
    .describe('the URL of a dedicated database, such as postgres://role:password@host:5432/ftgo_broker; required if FTGO_BROKER=postgres')
    .register(neededWhen, { condition: (given) => given['broker'] === 'postgres' });

/** Kafka bootstrap servers, separated by commas. */
const kafkaBrokers = () =>
  z
    .string()
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'expected host:port')).min(1))
    .optional()
    .describe('brokers such as host1:9092,host2:9092; required unless FTGO_BROKER=postgres')
    .register(neededWhen, { condition: (given) => given['broker'] !== 'postgres' });

/** The Kafka client library. */
const kafkaClient = () =>
  z
    .enum(['native', 'kafkajs'])
    .optional()
    .describe('native (the default), or kafkajs, which lacks some guarantees: a warning at startup lists them');

/** The choice of broker, its address, and how Kafka is accessed. */
export const brokerConfig = {
  broker: broker(),
  brokerUrl: brokerUrl(),
  kafkaBrokers: kafkaBrokers(),
  kafkaClient: kafkaClient(),
  ...kafkaAccess,
};

/** Who creates the topics. */
const kafkaTopics = () =>
  z
    .enum(['create', 'declared'])
    .optional()
    .describe('create (the default: a service creates the topics it owns) or declared (a service does not start if a topic is missing)');

/** A record batch that is small in Kafka may be large in memory. */
const kafkaLargestBatchBytes = () =>
  z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .optional()
    .describe('the maximum size of a decompressed record batch, in bytes; a larger one is dead-lettered by reference (default 4194304)');

const contentTypeByName = { json: jsonContentType, protobuf: protobufContentType } as const;
const topicAndFormat = /^(?<topic>\*|[\w.-]+)=(?<format>json|protobuf)$/;

/** The format of what a service sends, by topic. */
const contentTypes = () =>
  z
    .string()
    .transform((text, context): ContentTypes => {
      const pairs = text.split(',').map((each) => topicAndFormat.exec(each.trim())?.groups ?? {});
      if (pairs.some(({ topic }) => topic === undefined)) context.addIssue('expected topic=json or topic=protobuf, separated by commas');
      return Object.fromEntries(
        pairs.map(({ topic = '', format }) => [topic, contentTypeByName[format as keyof typeof contentTypeByName]]),
      );
    })
    .optional()
    .describe(
      'the format of messages that the service sends, by topic, such as ftgo.order.events=protobuf, or *=protobuf for every topic (default json); receivers accept both',
    );

const deadLetterKeepResolvedDays = () =>
  z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'the number of days for which redriven and discarded dead letters are kept, with their content (default 30); others are kept until an operator decides',
    );

/** Who may act as an operator, while nothing shows who someone is. */
export const operationsOpen = () =>
  z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .optional()
    .describe('true if operators may act from other machines, because only they can reach the port; default false: from this machine only');

/** What a rebuild of replicated data needs: the database, and the broker with its limits. */
export const rebuildConfig = { databaseUrl: databaseUrl(), ...brokerConfig, kafkaLargestBatchBytes: kafkaLargestBatchBytes() };

/** What a service with a database and messages needs. */
export const messagingConfig = {
  databaseUrl: databaseUrl(),
  databasePoolSize: databasePoolSize(),
  outboxPublisher: outboxPublisher(),
  contentTypes: contentTypes(),
  ...brokerConfig,
  kafkaTopics: kafkaTopics(),
  kafkaLargestBatchBytes: kafkaLargestBatchBytes(),
  deadLetterKeepResolvedDays: deadLetterKeepResolvedDays(),
  operationsOpen: operationsOpen(),
};

/** The address of another service, `host:port`. */
export const hostAndPort = () =>
  z
    .string()
    .regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port')
    .describe('an address such as 127.0.0.1:50051');

/** A duration in milliseconds. */
export const milliseconds = () => z.coerce.number().int().min(1).describe('a whole number of milliseconds');

/** How the instances of services are found. */
const discovery = () =>
  z
    .enum(['static', 'dns', 'etcd', 'consul', 'zookeeper', 'eureka'])
    .optional()
    .describe('static (the default), dns, etcd, consul, zookeeper or eureka: how instances of services are found');

const usesRegistry = (given: Readonly<Record<string, string | undefined>>): boolean =>
  !['static', 'dns'].includes(given['discovery'] ?? 'static');

/** The registry in which the instances of services are listed. */
export const discoveryConfig = {
  discovery: discovery(),
  registryUrl: z
    .string()
    .optional()
    .describe(
      'the registry, such as http://127.0.0.1:2379 (etcd), http://127.0.0.1:8500 (consul), http://127.0.0.1:8761 (eureka) or 127.0.0.1:2181 (zookeeper); required with one of these',
    )
    .register(neededWhen, { condition: usesRegistry }),
  registryLeaseMs: milliseconds()
    .min(1_000)
    .optional()
    .describe('how long a registration lasts without being renewed, in milliseconds (default 3000)'),
};

/** How calls are spread over the instances of a service. */
export const balancing = () =>
  z
    .enum(['round_robin', 'random', 'least_outstanding'])
    .optional()
    .describe('round_robin (the default), random or least_outstanding: how the instance for a call is chosen');

/** The addresses of the instances of another service, `host:port`, separated by commas. */
export const instanceAddresses = () =>
  z
    .string()
    .regex(/^[^\s:/,]+:\d{1,5}(,\s*[^\s:/,]+:\d{1,5})*$/, 'expected host:port')
    .optional()
    .describe('an address such as 127.0.0.1:50051, or several, separated by commas; required unless FTGO_DISCOVERY names a registry')
    .register(neededWhen, { condition: (given) => !usesRegistry(given) });

/** The port for probes, monitoring and operators, apart from that of clients. */
export const managementPort = (description: string) => port().optional().describe(description);

/** The settings of every process with an HTTP port; spread into a service's own schema. */
export const httpConfig = {
  httpPort: port(),
  httpHost: z.string().default('127.0.0.1').describe('the address to listen on'),
  managementPort: managementPort(
    'the port for health, metrics, API definitions, Swagger UI and /operations, which FTGO_HTTP_PORT then no longer serves; default: FTGO_HTTP_PORT serves them too',
  ),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('a log level'),
  ...httpLimits,
  ...securityConfig,
};

const isOrigin = (text: string): boolean => text === '*' || (URL.canParse(text) && new URL(text).origin === text);

/** Origins, separated by commas. */
const corsOrigins = () =>
  z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(z.array(z.string().refine(isOrigin, 'expected scheme://host or scheme://host:port, without a path')))
    .optional()
    .describe('origins whose pages may use the service from a browser, such as https://shop.example,http://localhost:3000, or * for all');

const onOrOff = () => z.enum(['on', 'off']);

/** The settings of every service. */
export const serviceConfig = {
  ...httpConfig,
  ...serviceLimits,
  corsOrigins: corsOrigins(),
  apiDocs: onOrOff().default('on').optional().describe('on or off: whether /openapi.json and Swagger UI are served'),
};

/** The settings of a service that clients reach from outside. */
export const edgeConfig = {
  rateLimitPerMinute: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .optional()
    .describe(
      'the maximum number of requests a minute from one caller or, without a valid access token, one address; further ones get 429. 0 disables the limit',
    ),
  rateLimitDatabaseUrl: postgresUrl()
    .optional()
    .describe(
      'the URL of a database in which all instances count requests together, such as postgres://role:password@host:5432/ftgo_gateway; default: each instance counts alone',
    ),
  trustedProxies: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .optional()
    .describe('addresses or networks of proxies whose X-Forwarded-For names the client, such as 10.0.0.0/8,192.168.1.7; default none'),
};

/** The settings of every service with a gRPC port. */
export const grpcConfig = {
  grpcPort: port(),
  ...grpcLimits,
  ...tlsServerConfig,
  ...discoveryConfig,
  advertisedHost: z
    .string()
    .optional()
    .describe('the host to register, at which other processes reach this instance (default: the address that it listens on)'),
};

/** The part of a service's configuration that runService needs. */
export interface HttpConfig extends Partial<HttpLimits & ServiceLimits>, SecurityConfig {
  readonly httpPort: number;
  readonly httpHost: string;
  readonly logLevel: string;
  readonly corsOrigins?: readonly string[] | undefined;
  readonly apiDocs?: 'on' | 'off' | undefined;
  readonly managementPort?: number | undefined;
  readonly rateLimitPerMinute?: number | undefined;
  readonly rateLimitDatabaseUrl?: string | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
}
