import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { parse } from 'yaml';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleTest {
  readonly alert_rule_test?: ReadonlyArray<{ readonly alertname: string; readonly exp_alerts: readonly unknown[] }>;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: ReadonlyArray<{ readonly expr: string; readonly legendFormat: string }>;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

interface ScrapeConfig {
  readonly job_name: string;
  readonly static_configs: ReadonlyArray<{ readonly targets: readonly string[] }>;
}

interface PrometheusConfig {
  readonly global: { readonly external_labels: Readonly<Record<string, string>> };
  readonly alerting: { readonly alert_relabel_configs: readonly unknown[] };
  readonly scrape_configs: readonly ScrapeConfig[];
}

const text = (...path: string[]) => readFileSync(join(repository, ...path), 'utf8');
const dashboards = join('observability', 'grafana', 'dashboards');

/** A series that Prometheus computes from others. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

function readRules(): ReadonlyArray<Alert | RecordingRule> {
  const { groups } = parse(text('observability', 'prometheus', 'alerts.yml')) as {
    groups: ReadonlyArray<{ rules: ReadonlyArray<Alert | RecordingRule> }>;
  };
  return groups.flatMap(({ rules }) => rules);
}

export const readAlerts = (): Alert[] => readRules().filter((rule) => 'alert' in rule);
export const readRecordingRules = (): RecordingRule[] => readRules().filter((rule) => 'record' in rule);

/** The alerts that the rule tests expect to fire, in promtool's format. */
export function alertsSeenFiring(): string[] {
  const { tests } = parse(text('observability', 'prometheus', 'alerts.test.yml')) as { tests: readonly RuleTest[] };
  const cases = tests.flatMap(({ alert_rule_test: found = [] }) => found);
  return cases.flatMap(({ alertname, exp_alerts: expected }) => (expected.length > 0 ? [alertname] : []));
}

/** A configuration of Prometheus, by its path in the repository. */
export const readPrometheus = (file: string): PrometheusConfig => parse(text(file)) as PrometheusConfig;

/** The targets of each job that Prometheus scrapes, except the servers that the system uses. */
export function readScrapedJobs(file = 'prometheus.yml'): Record<string, readonly string[]> {
  const { scrape_configs: all } = readPrometheus(`observability/prometheus/${file}`);
  const configs = all.filter(({ job_name: job }) => job !== 'postgres-exporter');
  return Object.fromEntries(configs.map((job) => [job.job_name, job.static_configs.flatMap(({ targets }) => targets)]));
}

export const readDashboards = (): Dashboard[] =>
  readdirSync(join(repository, dashboards)).map((file) => JSON.parse(text(dashboards, file)) as Dashboard);

/** The lines of commands in the runbooks that contain SQL or use psql, each after the name of its page. */
export const sqlInRunbooks = (): string[] =>
  pagesOfRunbooks().flatMap((page) =>
    [...text('docs', 'runbooks', page).matchAll(/^ *```(.*?)^ *```$/gms)].flatMap(([, block = '']) =>
      block.split('\n').flatMap((line) => (sql.test(line) ? [`${page}: ${line.trim()}`] : [])),
    ),
  );

const sql = /\bpsql\b|^sql$|\b(?:ALTER|CREATE|DELETE FROM|DROP|INSERT INTO|SELECT|UPDATE) /;

const pagesOfRunbooks = (): string[] => readdirSync(join(repository, 'docs', 'runbooks'));

/** Pages in docs/runbooks that are not about an alert. */
const others = ['README.md', 'restore.md', 'rotate-a-certificate.md', 'rotate-a-secret.md', 'strike-out-forged-events.md'];

/** The names of the pages in docs/runbooks about alerts, without extension. */
export const runbooks = (): string[] => pagesOfRunbooks().flatMap((file) => (others.includes(file) ? [] : [file.replace(/\.md$/, '')]));
