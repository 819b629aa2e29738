import { brokers, databaseUrl, httpConfig, parseConfig, port } from '@ftgo/platform';
import { z } from 'zod';

const schema = z.object({
  ...httpConfig,
  grpcPort: port(),
  databaseUrl: databaseUrl(),
  kafkaBrokers: brokers(),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
