import { existsSync, readFileSync } from 'node:fs';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listedMetrics } from '../../../tools/observability/metrics-page.js';
import { type ExposedMetric, readMetrics } from './exposed-metrics.js';
import { Ftgo } from './ftgo.js';

let ftgo: Ftgo;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  ftgo = await Ftgo.shared();
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
  await ftgo.untilApproved([await ftgo.placeOrder({ consumerId, restaurantId })]);
}, 120_000);
afterAll(() => ftgo?.close());

const listed = listedMetrics();

/** Only the metrics of prom-client that we use, since the others depend on the platform. */
const isOfInterest = ({ name }: ExposedMetric) => !/^(process|nodejs)_/.test(name) || listed.some((metric) => metric.name === name);

const metricsOf = async (app: string): Promise<ExposedMetric[]> => {
  const text = await (await fetch(ftgo.url(app, '/metrics'))).text();
  return readMetrics(text).filter(isOfInterest);
};

/** The sum of a metric's series that have these labels. */
async function valueOf(app: string, name: string, labels: Record<string, string> = {}): Promise<number> {
  const { samples = [] } = (await metricsOf(app)).find((metric) => metric.name === name) ?? {};
  const found = samples.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  return found.reduce((sum, { value }) => sum + value, 0);
}

/** The names that docs/metrics.md may use for groups of apps. */
function namesOf(apps: ReadonlySet<string>): string[] {
  const all = Object.keys(ftgo.system.urls);
  const named = {
    'every app': all,
    'all services': all.filter((app) => app !== 'outbox-relay'),
    'all but the gateway': all.filter((app) => app !== 'api-gateway' && app !== 'outbox-relay'),
    'all with gRPC': ['api-gateway', ...Object.keys(ftgo.system.grpc)],
  };
  const list = (names: Iterable<string>) => [...names].toSorted().join(', ');
  return [...Object.entries(named).flatMap(([name, meant]) => (list(meant) === list(apps) ? [name] : [])), list(apps)];
}

/** The name in docs/metrics.md, if it means these apps. */
function nameOf(metric: string, apps: ReadonlySet<string>): string {
  const names = namesOf(apps);
  const asListed = listed.find(({ name }) => name === metric)?.exposedBy;
  return names.find((name) => name === asListed) ?? names[0] ?? '';
}

interface Seen {
  readonly type: string;
  readonly help: string;
  readonly apps: Set<string>;
  readonly labels: Set<string>;
}

/** Every metric of every app, with the labels of its series, if any. */
async function everything(): Promise<Map<string, Seen>> {
  const all = new Map<string, Seen>();
  for (const app of Object.keys(ftgo.system.urls)) {
    for (const { name, type, help, samples } of await metricsOf(app)) {
      const seen = all.get(name) ?? { type, help, apps: new Set(), labels: new Set() };
      all.set(name, seen);
      seen.apps.add(app);
      const labels = samples.flatMap((sample) => Object.keys(sample.labels));
      for (const label of labels.filter((found) => found !== 'le')) seen.labels.add(label);
    }
  }
  return all;
}

test.skipIf(!existsSync('/proc/self/smaps_rollup'))(
  'a service that runs from source does not keep the garbage of its start in memory',
  async () => {
    const services = (await ftgo.system.ps()).filter(({ http }) => http);
    const megabytes = services.map(({ name, pid }) => {
      const [, kilobytes] = /^Pss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
      return [name, Math.round(Number(kilobytes) / 1024)] as const;
    });
    // Measured: 127 to 149 MB; 192 to 219 without the limit of V8's young generation; 262 if its source is compiled in the process.
    expect(megabytes.filter(([, size]) => !(size < 170))).toEqual([]);
  },
);

describe('the metrics of a running system', () => {
  test('are those listed in docs/metrics.md, with their labels', async () => {
    const byName = (rows: readonly string[]) => rows.toSorted();
    const line = ({ name, type, exposedBy, help }: { name: string; type: string; exposedBy: string; help: string }) =>
      `${name} | ${type} | ${exposedBy} | ${help}`;
    await eventually(async () => {
      const all = await everything();
      const found = [...all].map(([name, { type, help, apps }]) => line({ name, type, help, exposedBy: nameOf(name, apps) }));
      expect(byName(found)).toEqual(byName(listed.map(line)));
      // Some have no series until something fails.
      const labelled = listed.filter(({ name }) => (all.get(name)?.labels.size ?? 0) > 0);
      const labelsFound = labelled.map(({ name }) => `${name}: ${[...(all.get(name)?.labels ?? [])].toSorted().join(', ')}`);
      expect(labelsFound).toEqual(labelled.map(({ name, labels }) => `${name}: ${labels.toSorted().join(', ')}`));
    });
  });

  test('show an order in its handlers, its saga, its outbox and the relay', async () => {
    const handled = { outcome: 'handled', message_type: 'ftgo.kitchen.v1.CreateTicket' };
    const before = await valueOf('kitchen-service', 'messaging_process_messages_total', handled);
    const started = await valueOf('order-service', 'saga_started_total', { saga: 'create-order' });
    const published = await valueOf('outbox-relay', 'relay_published_total', { database: 'ftgo_order' });
    await ftgo.untilApproved([await ftgo.placeOrder({ consumerId, restaurantId })]);
    await eventually(async () => {
      expect(await valueOf('kitchen-service', 'messaging_process_messages_total', handled)).toBe(before + 1);
      expect(await valueOf('order-service', 'saga_started_total', { saga: 'create-order' })).toBe(started + 1);
      expect(await valueOf('order-service', 'saga_open')).toBe(0);
      expect(await valueOf('outbox-relay', 'relay_published_total', { database: 'ftgo_order' })).toBeGreaterThan(published);
      expect(await valueOf('order-service', 'messaging_outbox_read')).toBe(1);
      expect(await valueOf('order-service', 'messaging_outbox_checkpoint_age_seconds')).toBeLessThan(10);
      expect(await valueOf('order-service', 'messaging_consumer_lag_messages')).toBe(0);
    });
  });

  test('contain no order, consumer or address: requests are labelled by route', async () => {
    await fetch(ftgo.url('api-gateway', '/orders/4711?card=1234'));
    await fetch(ftgo.url('api-gateway', '/no/such/route/4711'));
    const values = (await metricsOf('api-gateway')).flatMap(({ samples }) => samples.flatMap(({ labels }) => Object.values(labels)));
    expect(values).toEqual(expect.arrayContaining(['/orders/:orderId', 'none']));
    expect(values.filter((value) => value.includes('4711'))).toEqual([]);
  });
});
