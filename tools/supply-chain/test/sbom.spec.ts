import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';
import type { Lock } from '../lock.js';

interface Sbom {
  readonly bomFormat: string;
  readonly components: ReadonlyArray<{ readonly purl: string; readonly hashes?: ReadonlyArray<{ readonly content: string }> }>;
}

const hexOf = (integrity = '') => Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');

it('npm run sbom lists every locked package with the hash of its content', { timeout: 60_000 }, () => {
  const options = { cwd: repository, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  const sbom = JSON.parse(execFileSync('npm', ['run', '--silent', 'sbom'], options)) as Sbom;
  expect(sbom.bomFormat).toBe('CycloneDX');
  const listed = new Set(sbom.components.flatMap(({ hashes = [] }) => hashes.map(({ content }) => content)));
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as Lock;
  const missing = Object.entries(packages).filter(
    ([path, { link, integrity }]) => path.includes('node_modules/') && !link && !listed.has(hexOf(integrity)),
  );
  expect(missing.map(([path]) => path)).toEqual([]);
});
