import { join } from 'node:path';
import type { parseConfig } from '@ftgo/platform';
import { repository } from '@ftgo/runner/workspace';

export type ConfigSchema = Parameters<typeof parseConfig>[0];

/** The configuration schema of an app. */
export const schemaOf = async (app: string): Promise<ConfigSchema> =>
  ((await import(join(repository, 'apps', app, 'src', 'config.ts'))) as { schema: ConfigSchema }).schema;
