import type { Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { type Metric as PrometheusMetric, Registry } from 'prom-client';

/** Some sources ask the database. One that does not answer is left out: what the others know is wanted most just then. */
const patienceMs = 1_000;

/** Questions that are not answered yet; whoever asks meanwhile gets the same answer. */
const asked = new WeakMap<MetricsSource, Promise<readonly Metric[]>>();

/** What the sources tell now. */
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
    return await Promise.race([ask(source), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

function ask(source: MetricsSource): Promise<readonly Metric[]> {
  const known = asked.get(source);
  if (known) return known;
  const answer = Promise.resolve(source.metrics()).finally(() => asked.delete(source));
  answer.catch(() => undefined);
  asked.set(source, answer);
  return answer;
}

/** The registry wants no more of a metric than its values; what counts is ours, so that the hot path only adds. */
function asPrometheus({ name, help, type, samples }: Metric): PrometheusMetric {
  const values = samples.map(({ labels, value, suffix = '' }) => ({ labels, value, metricName: `${name}${suffix}` }));
  return { name, get: () => Promise.resolve({ name, help, type, values, aggregator: 'sum' }) } as unknown as PrometheusMetric;
}
