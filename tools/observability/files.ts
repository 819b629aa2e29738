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

const text = (...path: string[]) => readFileSync(join(repository, ...path), 'utf8');
const dashboards = join('observability', 'grafana', 'dashboards');

export function readAlerts(): Alert[] {
  const { groups } = parse(text('observability', 'prometheus', 'alerts.yml')) as { groups: ReadonlyArray<{ rules: readonly Alert[] }> };
  return groups.flatMap(({ rules }) => rules);
}

/** The alerts that the rule tests expect to fire, in promtool's format. */
export function alertsSeenFiring(): string[] {
  const { tests } = parse(text('observability', 'prometheus', 'alerts.test.yml')) as { tests: readonly RuleTest[] };
  const cases = tests.flatMap(({ alert_rule_test: found = [] }) => found);
  return cases.flatMap(({ alertname, exp_alerts: expected }) => (expected.length > 0 ? [alertname] : []));
}

/** The targets of each job that Prometheus scrapes. */
export function readScrapedJobs(): Record<string, readonly string[]> {
  const { scrape_configs: configs } = parse(text('observability', 'prometheus', 'prometheus.yml')) as {
    scrape_configs: readonly ScrapeConfig[];
  };
  return Object.fromEntries(configs.map((job) => [job.job_name, job.static_configs.flatMap(({ targets }) => targets)]));
}

export const readDashboards = (): Dashboard[] =>
  readdirSync(join(repository, dashboards)).map((file) => JSON.parse(text(dashboards, file)) as Dashboard);

/** The SQL statements of the runbooks, with the database if one is named. */
export function statementsOfRunbooks(): Array<{ readonly runbook: string; readonly database: string | undefined; readonly sql: string }> {
  return runbooks().flatMap((runbook) =>
    [...text('docs', 'runbooks', `${runbook}.md`).matchAll(/psql -U postgres(?: (\w+))? -c (["'])(.*)\2$/gm)].map(
      ([, database, , sql = '']) => ({ runbook, database, sql }),
    ),
  );
}

/** Pages in docs/runbooks that are not about an alert. */
const others = ['README.md', 'rotate-a-certificate.md', 'rotate-a-secret.md'];

/** The names of the pages in docs/runbooks about alerts, without extension. */
export const runbooks = (): string[] =>
  readdirSync(join(repository, 'docs', 'runbooks')).flatMap((file) => (others.includes(file) ? [] : [file.replace(/\.md$/, '')]));
