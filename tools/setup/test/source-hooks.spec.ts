import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

function run(main: string): string {
  write('main.ts', main);
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', './tools/swc-hooks.mjs', 'main.ts'], {
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

  it('names the file that imports a missing one', () => {
    expect(run(`import './gone.js';`)).toMatch(/Cannot find module '.*gone\.ts' imported from .*main\.ts/);
  });
});
