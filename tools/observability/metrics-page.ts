import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** A metric as docs/metrics.md lists it. */
export interface ListedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly exposedBy: string;
  readonly help: string;
}

export const metricsPage = join('docs', 'metrics.md');

const row = /^\| `(?<name>\w+)` +\| (?<type>\w+) +\| (?<labels>[^|]*?) +\| (?<exposedBy>[^|]*?) +\| (?<help>.*?) +\|$/gm;

/** The rows of docs/metrics.md. A spec of apps/e2e compares them with the metrics of a running system. */
export function listedMetrics(): ListedMetric[] {
  const page = readFileSync(join(repository, metricsPage), 'utf8');
  return [...page.matchAll(row)].map(({ groups = {} }) => ({
    name: groups['name'] as string,
    type: groups['type'] as string,
    labels: (groups['labels'] as string).split(/, |^–$/).filter(Boolean),
    exposedBy: groups['exposedBy'] as string,
    help: groups['help'] as string,
  }));
}
