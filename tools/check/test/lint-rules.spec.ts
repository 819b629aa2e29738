import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');

describe('the lint rules', () => {
  let folder: string | undefined;
  afterEach(() => folder && rmSync(folder, { recursive: true }));

  const lint = (name: string, text: string): string => {
    folder = mkdtempSync(join(root, 'tools', 'check', 'planted-'));
    const file = join(folder, name);
    writeFileSync(file, text);
    const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'oxlint'), ['--config', join(root, '.oxlintrc.json'), file], {
      encoding: 'utf8',
      cwd: root,
    });
    return stdout;
  };

  it('reject durations measured by the wall clock', () => {
    expect(lint('patience.ts', 'export const until = Date.now() + 1_000;\n')).toMatch(/no-restricted-properties.*\n[^]*performance\.now/);
  });

  it('accept durations measured by the monotonic clock', () => {
    expect(lint('patience.ts', 'export const until = performance.now() + 1_000;\n')).not.toMatch(/no-restricted-properties/);
  });
});
