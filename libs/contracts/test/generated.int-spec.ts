import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const bin = join(root, 'node_modules', '.bin');

const contentsOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [file.slice(folder.length), readFileSync(file, 'utf8')]),
  );

describe('generated code', () => {
  let output: string;

  beforeAll(() => {
    output = mkdtempSync(join(tmpdir(), 'generated-'));
  });
  afterAll(() => rmSync(output, { recursive: true, force: true }));

  test.each([
    ['libs/contracts/src/gen', 'buf.gen.yaml'],
    ['libs/rpc/src/gen', 'libs/rpc/buf.gen.yaml'],
  ])('in %s is up to date with %s and the proto files', (folder, template) => {
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    execFileSync(join(bin, 'buf'), ['generate', '--template', template, '--output', output], { cwd: root, env, stdio: 'pipe' });
    expect(contentsOf(join(output, folder))).toEqual(contentsOf(join(root, folder)));
  });
});
