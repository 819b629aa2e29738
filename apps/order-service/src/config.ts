import { grpcConfig, messagingConfig, milliseconds, parseConfig, rebuildConfig, serviceConfig } from '@ftgo/platform';
import { z } from 'zod';

export const schema = z.object({
  ...serviceConfig,
  ...grpcConfig,
  ...messagingConfig,
  sagaStepDeadlineMs: milliseconds()
    .default(120_000)
    .describe('how long a saga step waits for its reply, in milliseconds; outages of the broker, the database or the relay do not count'),
  sagaKeepEndedDays: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('how long an ended saga and its history are kept, in days (default 30)'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);

/** Migrations need only the database. */
export const readMigrationConfig = (): Pick<Config, 'databaseUrl'> => parseConfig(schema.pick({ databaseUrl: true }), process.env);

/** A rebuild serves no requests. */
export const readRebuildConfig = () => parseConfig(z.object(rebuildConfig), process.env);
