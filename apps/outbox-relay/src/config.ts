import { brokerConfig, httpConfig, httpMaxConnections, milliseconds, parseConfig } from '@ftgo/platform/config';
import { z } from 'zod';
import { sources } from './sources.js';

const databaseUrls = z
  .string()
  .transform((text) => text.split(',').map((url) => url.trim()))
  .pipe(z.array(z.url({ protocol: /^postgres(ql)?$/ })).min(1))
  .describe('one URL for each database, of a role that may replicate: postgres://ftgo_relay:password@host:5432/ftgo_order,…');

const servicesOfDatabases = z
  .string()
  .default('')
  .transform((text) => new Map(text.split(',').flatMap((pair) => (pair.trim() ? [pairOf(pair)] : []))))
  .describe(
    'the service of each database that is not named after it, as ftgo_order is after order-service: orders=order-service,…; `*` for a service lets a database publish anything',
  );

function pairOf(pair: string): [string, string] {
  const [database = '', service = ''] = pair.split('=', 2).map((part) => part.trim());
  return [database, service];
}

export const schema = z.object({
  ...httpConfig,
  // Few ask, and the process is to stay small.
  httpMaxConnections: httpMaxConnections(100),
  ...brokerConfig,
  relayDatabaseUrls: databaseUrls,
  relayServices: servicesOfDatabases,
  relaySource: sources
    .default('wal')
    .describe(
      'where the rows of the outboxes come from: `wal` (the write-ahead log), `polling`, or a source by the name of the database, such as order=polling,kitchen=wal; databases that are not named are read from the log',
    ),
  relayPollIntervalMs: milliseconds().default(50).describe('how many milliseconds pass between two looks at an outbox that is polled'),
  relayWindowBytes: z.coerce
    .number()
    .int()
    .min(64 * 1024)
    .default(2 * 1024 * 1024)
    .describe('how many bytes of a database may wait for the broker before reading pauses'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
