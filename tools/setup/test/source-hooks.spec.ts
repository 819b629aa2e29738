import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A repository of one program, main.ts, and one package, `tone`. */
let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'ftgo-source-'));
  for (const file of ['.swcrc', 'tools/swc-hooks.mjs', 'tools/setup/resolutions.mjs']) cpSync(join(repository, file), join(clone, file));
  mkdirSync(join(clone, 'node_modules', 'tone'), { recursive: true });
  symlinkSync(join(repository, 'node_modules', '@swc'), join(clone, 'node_modules', '@swc'));
  write('package.json', '{ "type": "module" }');
  write('node_modules/tone/low.js', `module.exports = 'low';`);
  write('node_modules/tone/high.js', `module.exports = 'high';`);
  install('low');
});

afterAll(() => rmSync(clone, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFileSync(join(clone, file), text);

/** As npm does: the package, then the list of what is installed. */
function install(tone: string): void {
  write('node_modules/tone/package.json', JSON.stringify({ name: 'tone', main: `${tone}.js` }));
  write('node_modules/.package-lock.json', tone);
}

function run(main: string, file = 'main.ts'): string {
  write(file, main);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', './tools/swc-hooks.mjs', file], {
    cwd: clone,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe('a program that runs from source', () => {
  it('runs what the file contains now', () => {
    expect(run(`console.log('one' satisfies string);`)).toBe('one\n');
    expect(run(`console.log('two' satisfies string);`)).toBe('two\n');
    expect(run(`console.log('one' satisfies string);`)).toBe('one\n');
  });

  it('reports errors at the lines of the source, compiled before or not', () => {
    const failing = `interface Order {\n  readonly id: number;\n}\nconst order: Order = { id: 7 };\nthrow new Error(String(order.id));`;
    for (const output of [run(failing), run(failing)]) expect(output).toMatch(/main\.ts:5:7\)?$/m);
  });

  it('remembers where an import leads until npm changes node_modules', () => {
    const main = `import tone from 'tone';\nconsole.log(tone);`;
    expect(run(main)).toBe('low\n');
    write('node_modules/tone/package.json', JSON.stringify({ name: 'tone', main: 'high.js' }));
    expect(run(main)).toBe('low\n');
    install('high');
    expect(run(main)).toBe('high\n');
  });

  describe('keeps of the remembered imports', () => {
    const main = `import tone from 'tone';\nconsole.log(tone);`;
    const kept = () => readdirSync(join(clone, '.cache', 'resolutions'));
    const keptNow = () => readdirSync(join(clone, '.cache', 'resolutions', kept()[0] ?? ''));

    it('those of every program', () => {
      install('low');
      run(main);
      run(main, 'other.ts');
      expect([kept().length, keptNow().length]).toEqual([1, 2]);
    });

    it('none from before npm changed node_modules, and no other old file', () => {
      const before = kept();
      write('.cache/resolutions/of-another-layout.json', '{}');
      install('high');
      expect(run(main)).toBe('high\n');
      expect(kept()).toHaveLength(1);
      expect(kept()).not.toEqual(before);
      expect(keptNow()).toHaveLength(1);
    });

    it('what newer programs have written, when one ends that started before npm changed node_modules', () => {
      install('low');
      run(main);
      const before = kept();
      const later = `execFileSync(process.execPath, ['--import', './tools/swc-hooks.mjs', 'main.ts']);`;
      const npm = `utimesSync('node_modules/.package-lock.json', 1, 1);`;
      const imports = `import { execFileSync } from 'node:child_process';\nimport { utimesSync } from 'node:fs';`;
      run(`${imports}\nawait import('tone');\n${npm}\n${later}`, 'earlier.ts');
      expect(kept()).toHaveLength(1);
      expect(kept()).not.toEqual(before);
      expect(keptNow()).toHaveLength(1);
    });

    it('none from the path that the repository had before', () => {
      const before = kept();
      const moved = `${clone}-moved`;
      renameSync(clone, moved);
      clone = moved;
      expect(run(main)).toBe('low\n');
      expect(kept()).toHaveLength(1);
      expect(kept()).not.toEqual(before);
    });
  });

  it('names the file that imports a missing one', () => {
    expect(run(`import './gone.js';`)).toMatch(/Cannot find module '.*gone\.ts' imported from .*main\.ts/);
  });
});
