import type { Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { type Metric as PrometheusMetric, Registry } from 'prom-client';

/**
 * Some sources query the database. A source that does not respond in time is omitted, since the other metrics matter most then.
 */
const patienceMs = 1_000;

/** Pending requests to sources; concurrent callers share the result. */
const pending = new WeakMap<MetricsSource, Promise<readonly Metric[]>>();

/** The current metrics of all sources. */
export async function registryOf(sources: Iterable<MetricsSource>): Promise<Registry> {
  const registry = new Registry();
  const answers = await Promise.all([...sources].map((source) => answerOf(source)));
  for (const metric of answers.flat()) registry.registerMetric(asPrometheus(metric));
  return registry;
}

async function answerOf(source: MetricsSource): Promise<readonly Metric[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Metric[]>((resolve) => {
    timer = setTimeout(() => resolve([]), patienceMs);
  });
  try {
    return await Promise.race([query(source), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

function query(source: MetricsSource): Promise<readonly Metric[]> {
  const running = pending.get(source);
  if (running) return running;
  const answer = Promise.resolve(source.metrics()).finally(() => pending.delete(source));
  answer.catch(() => undefined);
  pending.set(source, answer);
  return answer;
}

/** The registry needs only the values of a metric; the counting is ours, so that the hot path only adds. */
function asPrometheus({ name, help, type, samples }: Metric): PrometheusMetric {
  const values = samples.map(({ labels, value, suffix = '' }) => ({ labels, value, metricName: `${name}${suffix}` }));
  return { name, get: () => Promise.resolve({ name, help, type, values, aggregator: 'sum' }) } as unknown as PrometheusMetric;
}
