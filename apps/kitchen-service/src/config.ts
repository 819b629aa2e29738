import { grpcConfig, messagingConfig, milliseconds, parseConfig, rebuildConfig, serviceConfig } from '@ftgo/platform';
import { z } from 'zod';

export const schema = z.object({
  ...serviceConfig,
  ...grpcConfig,
  ...messagingConfig,
  commandDeferralMs: milliseconds()
    .default(30_000)
    .describe(
      'how long a command waits for a change of a restaurant that has not reached the service before it is rejected, in milliseconds; time during which the service has not caught up with its events does not count',
    ),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);

/** Migrations need only the database. */
export const readMigrationConfig = (): Pick<Config, 'databaseUrl'> => parseConfig(schema.pick({ databaseUrl: true }), process.env);

/** A rebuild serves no requests. */
export const readRebuildConfig = () => parseConfig(z.object(rebuildConfig), process.env);
