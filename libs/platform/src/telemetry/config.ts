import { z } from 'zod';
import { ConfigError } from '../config/parse-config.js';

const onOff = z.enum(['true', 'false']).default('false').describe('true or false');
const count = (standard: number) => z.coerce.number().int().min(1).default(standard).describe('a positive integer');
const protocol = z.enum(['http/protobuf', 'http/json']);
const samplers = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'];

/**
 * The standard OpenTelemetry variables that are read here; the exporter reads the other `OTEL_EXPORTER_OTLP_*` variables
 * itself.
 */
const schema = z.object({
  OTEL_SDK_DISABLED: onOff,
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).optional().describe('otlp or none'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional().describe('a URL such as http://127.0.0.1:4318'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional().describe('a URL such as http://127.0.0.1:4318/v1/traces'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.default('http/protobuf').describe('http/protobuf or http/json'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional().describe('http/protobuf or http/json'),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers)
    .default('parentbased_always_on')
    .describe(`one of ${samplers.join(', ')}`),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1).describe('a ratio from 0 to 1'),
  OTEL_BSP_SCHEDULE_DELAY: count(5_000),
  OTEL_BSP_EXPORT_TIMEOUT: count(30_000),
  OTEL_BSP_MAX_QUEUE_SIZE: count(2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count(512),
});

/** How a process traces. */
export type TelemetryConfig = z.output<typeof schema>;

/** Undefined if tracing is not configured. Throws ConfigError. */
export function readTelemetryConfig(environment: NodeJS.ProcessEnv = process.env): TelemetryConfig | undefined {
  const { success, data, error } = schema.safeParse(withoutEmpty(environment));
  if (!success) throw new ConfigError(error.issues.map(({ path, message }) => `${path.join('.')} is invalid (${message})${advice(path)}`));
  const { OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } = data;
  if (OTEL_SDK_DISABLED === 'true' || OTEL_TRACES_EXPORTER === 'none') return undefined;
  return (OTEL_TRACES_EXPORTER ?? OTEL_EXPORTER_OTLP_ENDPOINT ?? OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) ? data : undefined;
}

const advice = ([name]: readonly PropertyKey[]): string => {
  const description = schema.shape[name as keyof typeof schema.shape]?.description;
  return description ? `; set it to ${description}` : '';
};

/** OpenTelemetry treats an empty variable as unset. */
const withoutEmpty = (environment: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
