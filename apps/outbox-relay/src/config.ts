import {
  brokerConfig,
  httpConfig,
  httpMaxConnections,
  kafkaAccessPerService,
  managementPort,
  milliseconds,
  operationsOpen,
  parseConfig,
  postgresUrl,
} from '@ftgo/platform/config';
import { z } from 'zod';
import { sources } from './sources.js';

const databaseUrls = z
  .string()
  // A comma may also separate the hosts of a URL.
  .transform((text) => text.split(/,(?=\s*(?:\w+:\/\/|$))/).map((url) => url.trim()))
  .pipe(z.array(postgresUrl()).min(1))
  .describe(
    'comma-separated URLs of the databases, with a role that has REPLICATION: postgres://ftgo_relay:password@host:5432/ftgo_order,…; with a standby, host1:5432,host2:5432 in each',
  );

const servicesOfDatabases = z
  .string()
  .default('')
  .transform((text) => new Map(text.split(',').flatMap((pair) => (pair.trim() ? [pairOf(pair)] : []))))
  .describe(
    'owners of the databases that are not named after their service (as ftgo_order is after order-service): orders=order-service,…; `*` as the service lets a database publish anything',
  );

function pairOf(pair: string): [string, string] {
  const [database = '', service = ''] = pair.split('=', 2).map((part) => part.trim());
  return [database, service];
}

export const schema = z.object({
  ...httpConfig,
  managementPort: managementPort(
    'the port to listen on instead of FTGO_HTTP_PORT, for a network that clients do not reach; metrics then need no access token',
  ),
  // Few clients connect, and the process must stay small.
  httpMaxConnections: httpMaxConnections(100),
  ...brokerConfig,
  ...kafkaAccessPerService,
  operationsOpen: operationsOpen(),
  relayDatabaseUrls: databaseUrls,
  relayServices: servicesOfDatabases,
  relaySource: sources
    .default('wal')
    .describe(
      '`wal` (outboxes are read from the write-ahead log), `polling`, or one of them for each database, such as order=polling,kitchen=wal; databases not listed are read from the log',
    ),
  relayPollIntervalMs: milliseconds().default(50).describe('the interval at which an outbox is polled, in milliseconds'),
  relayWindowBytes: z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .default(2 * 1024 * 1024)
    .describe('the total size of the messages of a database in flight to the broker at which reading pauses, in bytes'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
