import { messagingConfig, parseConfig, serviceConfig } from '@ftgo/platform';
import { z } from 'zod';

const schema = z.object({ ...serviceConfig, ...messagingConfig });

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);

/** Migrations need only the database. */
export const readMigrationConfig = (): Pick<Config, 'databaseUrl'> => parseConfig(schema.pick({ databaseUrl: true }), process.env);
