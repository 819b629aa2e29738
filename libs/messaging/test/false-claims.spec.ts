import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryBroker } from '../src/broker/index.js';

/** The promise of each claim, by the test of the suite that verifies it. */
const tests = {
  orderedPerKey: 'keeps the order of each key, across publications and partitions',
  publishSubscribe: 'gives each of two groups every message, however many are published at once',
  following: 'gives every reader everything that is published after it started, and nothing from before',
  retained: 'starts a new group at the oldest message, even after others have handled it',
  partitioned: 'delivers several partitions of a channel concurrently',
  survivesRecreation: 'reads a channel that was deleted and created again from its first message',
} as const;

/** From outside, a batch that was decompressed completely looks the same (ADR 33): each adapter has a spec of its own. */
const verifiedByAdapters = ['boundedDecompression'];

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { fullName: string; title: string; status: string }[] }[];
}

/** The failed tests, by the name of the broker. */
async function failures(): Promise<Map<string, string[]>> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const config = join(import.meta.dirname, 'false-claims', 'vitest.config.ts');
  const only = Object.values(tests).join('|');
  const folder = mkdtempSync(join(tmpdir(), 'false-claims-'));
  const report = join(folder, 'report.json');
  const args = [vitest, 'run', '--config', config, '--reporter=json', `--outputFile.json=${report}`, '--testNamePattern', only];
  await promisify(execFile)(process.execPath, args).catch(() => 'it fails, as it should');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  rmSync(folder, { recursive: true });
  const results = testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status !== 'skipped');
  const byBroker = Map.groupBy(results, ({ fullName }) => fullName.split(',')[0] ?? '');
  return new Map([...byBroker].map(([name, of]) => [name, of.filter(({ status }) => status === 'failed').map(({ title }) => title)]));
}

describe('the conformance suite', () => {
  let failed: Map<string, string[]>;
  beforeAll(async () => {
    failed = await failures();
  });

  it('passes a broker that does what it claims', () => {
    expect(failed.get('honest')).toEqual([]);
  });

  it('verifies every claim, except for those that each adapter verifies itself', () => {
    const claims = Object.entries(memoryBroker().features).flatMap(([name, value]) => (typeof value === 'boolean' ? [name] : []));
    expect([...Object.keys(tests), ...verifiedByAdapters].toSorted()).toEqual(claims.toSorted());
  });

  it.each(Object.entries(tests))('fails a broker that claims %s falsely, in the test that verifies it', (feature, title) => {
    expect(failed.get(feature)).toContain(title);
  });
});
