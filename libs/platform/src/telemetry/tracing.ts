import { readTelemetryConfig, type TelemetryConfig } from './config.js';

/** What a process that traces must do before it exits. */
export interface Tracing {
  /** Flushes pending spans and waits up to a second; the process may exit then. */
  stop(): Promise<void>;
}

const off: Tracing = { stop: () => Promise.resolve() };
const stopWithinMs = 1_000;

/**
 * Registers the OpenTelemetry SDK if the environment configures tracing; otherwise the SDK is not even loaded. Must be called
 * before anything creates spans. Throws ConfigError.
 */
export async function startTracing(service: string): Promise<Tracing> {
  const config = readTelemetryConfig();
  return config ? start(service, config) : off;
}

async function start(service: string, config: TelemetryConfig): Promise<Tracing> {
  const [{ context, trace }, { AsyncLocalStorageContextManager }, sdk, resources, exporter] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    exporterOf(config),
  ]);
  const detected = resources.detectResources({ detectors: [resources.envDetector] });
  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes({ 'service.name': service, 'process.pid': process.pid }))
    .merge(detected);
  const processor = new sdk.BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMillis: config.OTEL_BSP_EXPORT_TIMEOUT,
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, config.OTEL_BSP_MAX_QUEUE_SIZE),
  });
  const provider = new sdk.TracerProvider({ resource, sampler: samplerOf(sdk, config), spanProcessors: [processor] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { stop: () => withinTime(provider.shutdown()) };
}

async function exporterOf(config: TelemetryConfig) {
  const protocol = config.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? config.OTEL_EXPORTER_OTLP_PROTOCOL;
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}

function samplerOf(sdk: typeof import('@opentelemetry/sdk-trace'), { OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG }: TelemetryConfig) {
  const name = OTEL_TRACES_SAMPLER.replace('parentbased_', '');
  const root =
    name === 'always_on'
      ? new sdk.AlwaysOnSampler()
      : name === 'always_off'
        ? new sdk.AlwaysOffSampler()
        : new sdk.TraceIdRatioBasedSampler(OTEL_TRACES_SAMPLER_ARG);
  return name === OTEL_TRACES_SAMPLER ? root : new sdk.ParentBasedSampler({ root });
}

async function withinTime(work: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, stopWithinMs);
  // Spans that cannot be sent at exit are lost; there is nowhere left to report it.
  await Promise.race([work.catch(() => undefined), promise]);
  clearTimeout(timer);
}
