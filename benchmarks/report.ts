import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import Table from 'cli-table3';

const versionOf = (name: string): string => {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
};

/** The machine and the versions of a measurement. */
export function machine(...packages: string[]): string {
  const [cpu] = cpus();
  const cores = `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}`;
  return [
    `machine   ${cores}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}`,
    `versions  Node ${process.versions.node}, ${packages.map(versionOf).join(', ')}`,
  ].join('\n');
}

export function table(head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): string {
  const drawn = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
  });
  drawn.push(...rows.map((row) => row.map(String)));
  return drawn.toString();
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The quantile: the value that this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
