import { readFileSync } from 'node:fs';
import type { TestSystem } from '@ftgo/testing';
import { Client } from 'pg';
import { childrenOf, cpuSeconds } from '../proc.js';

type Listed = Awaited<ReturnType<TestSystem['ps']>>[number];

/** Seconds of CPU by process; those of Postgres by the database that they serve. */
export function cpuByProcess(listed: readonly Listed[]): Map<string, number> {
  const used = new Map<string, number>();
  const add = (name: string, pid: number) => used.set(name, (used.get(name) ?? 0) + (cpuSeconds(pid) || 0));
  for (const { name, pid } of listed) {
    if (pid === undefined) continue;
    add(name, pid);
    if (name === 'postgres') for (const child of childrenOf(pid)) add(`postgres: ${dutyOf(child)}`, child);
  }
  return used;
}

/** From the title of a Postgres process: `postgres: walsender ftgo_relay …`, `postgres: ftgo_order ftgo_order 127.0.0.1(…) …`. */
function dutyOf(pid: number): string {
  const [, first = '', second = '', third = ''] = titleOf(pid).split(' ');
  if (first === 'walsender') return 'walsenders';
  return third.startsWith('127.0.0.1') ? second : 'others';
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Committed transactions by database. */
export async function workOfDatabases(databases: TestSystem['databases']): Promise<Map<string, number>> {
  const client = new Client({ connectionString: Object.values(databases)[0] ?? '' });
  await client.connect();
  const { rows } = await client.query<{ name: string; commits: string }>(
    `SELECT datname AS name, xact_commit AS commits FROM pg_stat_database WHERE datname LIKE 'ftgo%' ORDER BY 1`,
  );
  await client.end();
  return new Map(rows.map(({ name, commits }) => [name, Number(commits)]));
}
