import { brokers, databaseUrl, httpConfig, milliseconds, parseConfig, port } from '@ftgo/platform';
import { z } from 'zod';

const schema = z.object({
  ...httpConfig,
  grpcPort: port(),
  databaseUrl: databaseUrl(),
  kafkaBrokers: brokers(),
  /** How long a command waits for an account that is not opened yet, before it is refused. */
  commandDeferralMs: milliseconds().default(30_000),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);

/** Migrating needs the database only. */
export const readMigrationConfig = (): Pick<Config, 'databaseUrl'> => parseConfig(schema.pick({ databaseUrl: true }), process.env);
