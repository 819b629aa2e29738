import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findApps, repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { demandEach } from '../deployment/declared.js';
import {
  alertsSeenFiring,
  readAlerts,
  readDashboards,
  readPrometheus,
  readRecordingRules,
  readScrapedJobs,
  runbooks,
  sqlInRunbooks,
} from './files.js';
import { listedMetrics } from './metrics-page.js';
import { readExpression } from './promql.js';

/** Series of Prometheus itself. */
const ofPrometheus: Readonly<Record<string, readonly string[]>> = { up: [], ALERTS: ['alertname', 'alertstate', 'severity'] };
/** Series of Kafka, through Strimzi's reporter, and of postgres_exporter, as far as alerts use them. */
const ofOthers: Readonly<Record<string, readonly string[]>> = {
  kafka_controller_kafkacontroller_activecontrollercount: [],
  kafka_controller_kafkacontroller_offlinepartitionscount: [],
  kafka_server_replicamanager_underminisrpartitioncount: [],
  kafka_server_replicamanager_underreplicatedpartitions: [],
  pg_settings_max_connections: [],
  pg_stat_activity_count: ['datname', 'state'],
  pg_stat_activity_max_tx_duration: ['datname', 'state'],
  pg_up: [],
};
const ofEverySeries = ['job', 'instance'];
const recordingRules = readRecordingRules();

const labelsOfSeries = new Map<string, readonly string[]>(Object.entries({ ...ofPrometheus, ...ofOthers }));
for (const { record } of recordingRules) labelsOfSeries.set(record, []);
for (const { name, type, labels } of listedMetrics()) {
  if (type === 'histogram') {
    labelsOfSeries.set(`${name}_bucket`, [...labels, 'le']);
    for (const suffix of ['_sum', '_count']) labelsOfSeries.set(`${name}${suffix}`, labels);
  } else labelsOfSeries.set(name, labels);
}

const alerts = readAlerts();
const targets = readDashboards().flatMap(({ uid, panels }) =>
  panels.flatMap(({ title, targets: queries = [] }) => queries.map(({ expr, legendFormat }) => ({ uid, title, expr, legendFormat }))),
);

/** Metrics and labels in an expression, or in the text next to it, that do not exist. */
function wrongIn(expression: string, labelsBeside: readonly string[] = []): string[] {
  const { series, labels, errors } = readExpression(expression);
  const known = new Set([...ofEverySeries, ...series.flatMap((name) => labelsOfSeries.get(name) ?? [])]);
  return [
    ...errors.map((error) => `invalid PromQL ${error}`),
    ...series.filter((name) => !labelsOfSeries.has(name)).map((name) => `unknown metric ${name}`),
    ...[...labels, ...labelsBeside].filter((label) => !known.has(label)).map((label) => `unknown label ${label}`),
  ];
}

const templated = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, label = '']) => label);
const kebab = (name: string) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

describe('the check of an expression', () => {
  it.each([
    ['sum by (job) (up', ['invalid PromQL']],
    ['rate(no_such_total[5m]) > 0', ['unknown metric no_such_total']],
    ['sum by (route) (relay_leader)', ['unknown label route']],
    ['relay_leader{topic="x"}', ['unknown label topic']],
    ['rate(http_server_request_duration_seconds[5m])', ['unknown metric http_server_request_duration_seconds']],
    ['sum by (job, route, le) (rate(http_server_request_duration_seconds_bucket{status_code="200"}[$__rate_interval]))', []],
  ])('%s', (expression, expected) => {
    expect(wrongIn(expression)).toEqual(expected.map((start) => expect.stringContaining(start) as string));
  });
});

describe('alert rules', () => {
  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s uses existing metrics and has a summary and a runbook',
    (name, alert) => {
      const { summary = '', runbook_url } = alert.annotations;
      expect(wrongIn(alert.expr, templated(summary, /\$labels\.(\w+)/g))).toEqual([]);
      expect(summary).not.toBe('');
      expect(['critical', 'warning']).toContain(alert.labels['severity']);
      expect(runbook_url).toBe(`{{ $externalLabels.runbooks }}/${kebab(name)}.md`);
    },
  );

  it.each(recordingRules.map(({ record, expr }) => [record, expr]))('%s is computed from existing metrics', (_record, expr) => {
    expect(wrongIn(expr)).toEqual([]);
  });

  it.each(['observability/prometheus/prometheus.yml', 'k8s/components/observability/prometheus.yml'])(
    'link to runbooks at an address that %s sets',
    (file) => {
      const { global, alerting } = readPrometheus(file);
      expect(global.external_labels.runbooks).toMatch(/^https:\/\/\S+[^/]$/);
      expect(alerting.alert_relabel_configs).toContainEqual({ regex: 'runbooks', action: 'labeldrop' });
    },
  );

  it('have exactly one runbook each', () => {
    expect(runbooks().toSorted()).toEqual(alerts.map(({ alert }) => kebab(alert)).toSorted());
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it('are each covered by a rule test', () => {
    expect([...new Set(alertsSeenFiring())].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  });
});

it('the runbooks contain no SQL, except for two tasks of the PostgreSQL server’s administrator (ADR 42)', () => {
  expect(sqlInRunbooks().toSorted()).toEqual([
    `restore.md: psql -h EACH_SERVER -c "SELECT pg_create_restore_point('before-migration')"`,
    "rotate-a-secret.md: psql -d postgres -c '\\password ftgo_order'",
  ]);
});

describe('expressions about requests', () => {
  const expressions = [...alerts, ...recordingRules, ...targets]
    .map(({ expr }) => expr)
    .filter((expr) => expr.includes('http_server_request_duration_seconds'));

  it.each(expressions)('exclude health and metrics probes: %s', (expr) => {
    const selectors = expr.match(/http_server_request_duration_seconds_\w+(\{[^}]*\})?/g) ?? [];
    expect(selectors.filter((selector) => !selector.includes('route!~"/health.*|/metrics|/actuator.*"'))).toEqual([]);
  });
});

describe('dashboards', () => {
  it.each(targets.map((target) => [target.uid, target.title, target.expr, target] as const))('%s: %s: %s', (_uid, _title, expr, target) => {
    expect(wrongIn(expr, templated(target.legendFormat, /\{\{(\w+)\}\}/g))).toEqual([]);
  });

  it.each(readDashboards().map((dashboard) => [dashboard.uid, dashboard] as const))('%s has no overlapping panels', (_uid, { panels }) => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('the scrape configuration', () => {
  it('has every app at its own port', () => {
    const apps = findApps().flatMap(({ name, http }) => (http === undefined ? [] : [[name, `${name}:${http}`] as const]));
    const jobs = readScrapedJobs();
    demandEach('observability/prometheus/prometheus.yml', Object.values(jobs).flat(), apps);
    expect(Object.fromEntries(Object.entries(jobs).map(([job, [first]]) => [job, first]))).toEqual(Object.fromEntries(apps));
  });

  it.runIf(existsSync(join(repository, 'docker-compose.yml')))('has a service in docker-compose.yml for each target', () => {
    const { services } = parse(readFileSync(join(repository, 'docker-compose.yml'), 'utf8'), { merge: true }) as { services: object };
    const hosts = Object.values(readScrapedJobs()).flatMap((found) => found.map((target) => target.split(':', 1)[0]));
    expect(Object.keys(services)).toEqual(expect.arrayContaining(hosts));
  });
});
