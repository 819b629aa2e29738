import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { imagesIn, pinImages, unpinImages } from '../images.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ftgo-images-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const path of ['Dockerfile', 'docker-compose.yml', 'k8s']) cpSync(join(repository, path), join(root, path), { recursive: true });
  unpinImages(root);
});

const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Stands in for the docker command, which asks a registry. */
function dockerIs(script: string) {
  writeFileSync(join(root, 'docker'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, 'docker'), 0o755);
  vi.stubEnv('PATH', `${root}${delimiter}${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

const digest = (image: string) => `sha256:${image.length.toString(16).padStart(64, '0')}`;

const registry = 'printf "sha256:%064x\\n" $(printf %s "$4" | wc -c)';

it('every image of another project has a tag that is not latest', () => {
  const files = ['Dockerfile', 'docker-compose.yml'].map(read).join('\n');
  expect(imagesIn(root)).toEqual(expect.arrayContaining(['node:24-bookworm-slim', 'postgres:18-bookworm', 'grafana/grafana:12.3.0']));
  expect(imagesIn(root).filter((image) => image.endsWith(':latest'))).toEqual([]);
  const untagged = [...files.matchAll(/^ *image: (\S+)$/gm)].map(([, image = '']) => image).filter((image) => !image.includes(':'));
  expect(untagged).toEqual([]);
});

it('pins each image to the digest that its registry reports, again after a new release, and back to tags', () => {
  dockerIs(registry);
  const [dockerfile, compose] = [read('Dockerfile'), read('docker-compose.yml')];
  pinImages(root);
  expect(read('Dockerfile')).toContain(`FROM node:24-bookworm-slim@${digest('node:24-bookworm-slim')} AS node\n`);
  expect(read('docker-compose.yml')).toContain(`image: postgres:18-bookworm@${digest('postgres:18-bookworm')}\n`);
  expect(read('k8s/components/postgres/postgres.yaml')).toContain(`image: postgres:18-bookworm@${digest('postgres:18-bookworm')}\n`);
  expect(read('docker-compose.yml')).toContain(`image: ftgo/order-service:\${FTGO_TAG:-local}\n`);

  dockerIs(`echo sha256:${'f'.repeat(64)}`);
  pinImages(root);
  expect(read('Dockerfile')).toContain(`FROM node:24-bookworm-slim@sha256:${'f'.repeat(64)} AS node\n`);

  unpinImages(root);
  expect([read('Dockerfile'), read('docker-compose.yml')]).toEqual([dockerfile, compose]);
});

it('changes nothing and reports the image if the registry is unreachable', () => {
  dockerIs(`case "$4" in postgres*) echo 'dial tcp: lookup registry.example: no such host' >&2; exit 1;; *) ${registry};; esac`);
  const before = read('Dockerfile');
  expect(() => pinImages(root)).toThrow(
    /^cannot read the digest of postgres:18-bookworm: dial tcp: lookup registry.example: no such host; docker with its plugin buildx/,
  );
  expect(read('Dockerfile')).toBe(before);
});
