import { z } from 'zod';
import { neededWhen } from './parse-config.js';
import { grpcLimits, type HttpLimits, httpLimits, type ServiceLimits, serviceLimits } from './server-limits.js';

const portNumber = z.coerce.number().int().min(0).max(65_535);

/** A TCP port to listen on; 0 takes a free one. */
export const port = () => portNumber.describe('a port number, 0 to 65535 (0 takes a free one)');

/** A Postgres URL of the service's own role and database. */
export const databaseUrl = () =>
  z.url({ protocol: /^postgres(ql)?$/ }).describe('a URL such as postgres://role:password@host:5432/database');

/** What publishes the outbox of a service. */
export const outboxPublisher = () =>
  z
    .enum(['relay', 'debezium'])
    .optional()
    .describe('what publishes the outbox: relay (also when not set), or debezium, by the replication slot `<database>_outbox`');

/** What carries the messages between services. */
const broker = () =>
  z
    .enum(['kafka', 'postgres'])
    .optional()
    .describe('kafka (also when not set) or postgres, which is for development and small installations');

/** The database of the broker on PostgreSQL. */
const brokerUrl = () =>
  z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'a URL of a database that nothing else uses: postgres://role:password@host:5432/ftgo_broker; required with FTGO_BROKER=postgres',
    )
    .register(neededWhen, { condition: (given) => given['broker'] === 'postgres' });

/** Kafka bootstrap servers, comma separated. */
const kafkaBrokers = () =>
  z
    .string()
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'each is host:port')).min(1))
    .optional()
    .describe('brokers such as host1:9092,host2:9092; required unless FTGO_BROKER=postgres')
    .register(neededWhen, { condition: (given) => given['broker'] !== 'postgres' });

/** Which client speaks with Kafka. */
const kafkaClient = () =>
  z
    .enum(['native', 'kafkajs'])
    .optional()
    .describe('native (also when not set) or kafkajs, which lacks some of its guarantees: a warning at the start names them');

/** Which broker, and how it is reached. */
export const brokerConfig = { broker: broker(), brokerUrl: brokerUrl(), kafkaBrokers: kafkaBrokers(), kafkaClient: kafkaClient() };

/** Who makes topics. */
export const kafkaTopics = () =>
  z
    .enum(['create', 'declared'])
    .optional()
    .describe('create (a service makes the topics that it owns; also when not set) or declared (without its topics it does not start)');

/** A batch of records that is small in Kafka may be large in memory. */
export const kafkaLargestBatchBytes = () =>
  z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .optional()
    .describe('how many bytes a compressed batch of records may expand to before it is dead-lettered by reference; 4194304 when not set');

/** Where another service is reached, `host:port`. */
export const hostAndPort = () =>
  z
    .string()
    .regex(/^[^\s:/]+:\d{1,5}$/, 'expected host:port')
    .describe('an address such as 127.0.0.1:50051');

/** A duration in milliseconds. */
export const milliseconds = () => z.coerce.number().int().min(1).describe('a whole number of milliseconds');

/** What every process with an HTTP port reads; spread into a service's own schema. */
export const httpConfig = {
  httpPort: port(),
  httpHost: z.string().default('127.0.0.1').describe('the address to listen on'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('a log level'),
  ...httpLimits,
};

/** What every service reads. */
export const serviceConfig = { ...httpConfig, ...serviceLimits };

/** What every service with a gRPC port reads. */
export const grpcConfig = { grpcPort: port(), ...grpcLimits };

/** What runService needs to know from a service's configuration. */
export interface HttpConfig extends Partial<HttpLimits & ServiceLimits> {
  readonly httpPort: number;
  readonly httpHost: string;
  readonly logLevel: string;
}
