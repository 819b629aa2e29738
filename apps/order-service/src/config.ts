import {
  brokerConfig,
  databaseUrl,
  grpcConfig,
  kafkaLargestBatchBytes,
  kafkaTopics,
  milliseconds,
  outboxPublisher,
  parseConfig,
  serviceConfig,
} from '@ftgo/platform';
import { z } from 'zod';

export const schema = z.object({
  ...serviceConfig,
  ...grpcConfig,
  databaseUrl: databaseUrl(),
  outboxPublisher: outboxPublisher(),
  ...brokerConfig,
  kafkaTopics: kafkaTopics(),
  kafkaLargestBatchBytes: kafkaLargestBatchBytes(),
  sagaStepDeadlineMs: milliseconds()
    .default(120_000)
    .describe('how many milliseconds a step of a saga may wait for its answer, counting only time in which everything ran'),
  sagaKeepEndedDays: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('how many days a saga that has ended is kept with its history; 30 when not set'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);

/** Migrating needs the database only. */
export const readMigrationConfig = (): Pick<Config, 'databaseUrl'> => parseConfig(schema.pick({ databaseUrl: true }), process.env);

/** Rebuilding a replica serves nobody. */
export const readRebuildConfig = () => parseConfig(z.object({ databaseUrl: databaseUrl(), ...brokerConfig }), process.env);
