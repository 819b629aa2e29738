import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { becauseNoKafka, noKafka, testDatabase, testKafka } from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, manifestOf, packAll, publicPackages, requiredPeersOf } from '../packages.js';
import { packageOf, type QuickStart, quickStarts } from './guide.js';
import { type Project, projectOf } from './project.js';

const packages = publicPackages();
const names = packages.map(({ manifest }) => manifest.name);

let folder: string;
let tarballs: ReadonlyMap<string, string>;
let project: Project;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ftgo-packages-'));
  tarballs = packAll(folder);
  const peers = packages.flatMap(({ manifest }) => requiredPeersOf(manifest));
  project = projectOf({ folder: join(folder, 'all'), tarballs });
  project.install([...names, ...peers, 'rxjs', 'typescript', '@types/node']);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installed = (name: string): string => join(project.folder, 'node_modules', name);

/** The packages that the JavaScript and the declarations of a package import. */
const importsOf = (name: string): string[] => {
  const files = globSync('dist/**/*.{js,d.ts}', { cwd: installed(name) });
  const imported = files.flatMap((file) => {
    const source = readFileSync(join(installed(name), file), 'utf8');
    return [...source.matchAll(/(?:from |import |import\()'([^.'][^']*)'/g)].map(([, specifier = '']) => specifier);
  });
  const external = imported.filter((specifier) => !isBuiltin(specifier));
  return [...new Set(external.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier))].toSorted();
};

const neededBy = ({ dependencies, peerDependencies }: Manifest): Record<string, string> => ({ ...dependencies, ...peerDependencies });

describe.each(names)('%s', (name) => {
  it('contains only what users need', () => {
    const files = globSync('**/*', { cwd: installed(name), withFileTypes: true }).filter((entry) => entry.isFile());
    const others = files
      .map((entry) => join(entry.parentPath, entry.name).slice(installed(name).length + 1))
      .filter((file) => !/^dist\/.*(\.js|\.js\.map|\.d\.ts)$/.test(file) || /spec\./.test(file));
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
  });

  it('contains the code and the declarations of every export', () => {
    const { exports } = manifestOf(installed(name));
    const named = Object.values(exports).flatMap(({ types = 'no types', default: code = 'no code' }) => [types, code]);
    expect(named.filter((file) => !existsSync(join(installed(name), file)))).toEqual([]);
  });

  it('has a README whose `npm install` line installs everything needed', () => {
    const lines = [...readFileSync(join(installed(name), 'README.md'), 'utf8').matchAll(/^npm install (.*?)(?: +#.*)?$/gm)];
    const words = lines.flatMap(([, line = '']) => line.split(' '));
    const brought = words.map((word) => packageOf(word, tarballs));
    const ours = brought.filter((each) => names.includes(each));
    const peers = ours.flatMap((each) => requiredPeersOf(manifestOf(installed(each))));
    const dependencies = ours.flatMap((each) => Object.keys(manifestOf(installed(each)).dependencies ?? {}));
    const needed = [name, ...peers, ...dependencies.filter((each) => names.includes(each))];
    expect(needed.filter((each) => !brought.includes(each))).toEqual([]);
  });

  it('has the license of the repository', () => {
    expect(readFileSync(join(installed(name), 'LICENSE'), 'utf8')).toBe(readFileSync(join(repository, 'LICENSE'), 'utf8'));
    expect(manifestOf(installed(name))).toMatchObject({ license: 'Apache-2.0', engines: { node: expect.any(String) as string } });
  });

  it('declares what it imports', () => {
    const declared = Object.keys(neededBy(manifestOf(installed(name))));
    expect(importsOf(name).filter((imported) => imported !== name && !declared.includes(imported))).toEqual([]);
  });

  it('depends only on published packages of the workspace, in its own version', () => {
    const { version } = manifestOf(repository);
    const ours = Object.entries(neededBy(manifestOf(installed(name)))).filter(([needed]) => needed.startsWith('@ftgo/'));
    expect(manifestOf(installed(name)).version).toBe(version);
    expect(ours.filter(([needed, wanted]) => !names.includes(needed) || wanted !== version)).toEqual([]);
  });
});

describe('a project with the packages installed', () => {
  const entries = packages.flatMap(({ manifest: { name, exports } }) => Object.keys(exports).map((path) => join(name, path)));
  /** vitest can be loaded only by its own runner. */
  const loadable = entries.filter((entry) => entry !== '@ftgo/messaging/testing');
  const importAll = (from: readonly string[]) =>
    from.map(
      (entry, index) => `import * as entry${index} from '${entry}';\nconsole.log(Object.keys(entry${index}).length > 0, '${entry}');`,
    );

  it('has everything that the packages need', () => {
    expect(() => project.run('npm ls --all')).not.toThrow();
  });

  it('compiles strictly against the declarations of every entry', () => {
    const options = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'], experimentalDecorators: true };
    project.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['all.ts'] }));
    project.write('all.ts', importAll(entries).join('\n'));
    expect(project.run('npx tsc')).toBe('');
  });

  it.each(['import', 'require'])('can %s every entry', (way) => {
    project.write('all.mjs', importAll(loadable).join('\n'));
    project.write('all.cjs', loadable.map((entry) => `console.log(Object.keys(require('${entry}')).length > 0, '${entry}');`).join('\n'));
    const output = project.run(way === 'import' ? 'node all.mjs' : 'node all.cjs');
    expect(output.trim().split('\n')).toEqual(loadable.map((entry) => `true ${entry}`));
  });
});

describe('the guide', () => {
  const made = new Map<string, Project>();

  /** Creates the project of a section once. */
  function make({ title, files, installed: words }: QuickStart): Project {
    const shop = projectOf({ folder: join(folder, title.replaceAll(' ', '-')), tarballs });
    shop.install(words.map((word) => packageOf(word, tarballs)));
    for (const [file, text] of files) shop.write(file, text);
    made.set(title, shop);
    return shop;
  }

  /** Runs the project of a section on an empty database; resolves to the printed lines and to rows of the database afterwards. */
  async function follow(quickStart: QuickStart, query: string, env: Record<string, string> = {}) {
    const shop = made.get(quickStart.title) ?? make(quickStart);
    const database = await testDatabase();
    const brokerDatabase = await testDatabase();
    const client = new Client({ connectionString: database.adminUrl });
    try {
      await client.connect();
      const output = shop.run(quickStart.command, { DATABASE_URL: database.adminUrl, BROKER_URL: brokerDatabase.url, ...env });
      const { rows } = await client.query<Record<string, unknown>>(query);
      return { printed: output.split('\n'), rows };
    } finally {
      await client.end();
      await database.drop();
      await brokerDatabase.drop();
    }
  }

  const sections = new Map(quickStarts().map((each) => [each.title, each]));
  const section = (title: string): QuickStart => sections.get(title) ?? expect.fail(`the guide has no project ${title}`);
  const tickets = 'SELECT order_id, item, (SELECT count(*)::int FROM outbox) AS sent FROM tickets ORDER BY order_id';

  it('has a project for NestJS, for plain Node, and for a saga', () => {
    expect([...sections.keys()]).toEqual(['NestJS', 'Plain Node', 'A saga']);
  });

  const handlesOnce = async (env?: Record<string, string>) => {
    const { printed, rows } = await follow(section('NestJS'), tickets, env);
    expect(printed).toContain(section('NestJS').output);
    expect(rows).toEqual([{ order_id: 1, item: 'pizza', sent: 1 }]);
  };

  it('runs a NestJS application that handles each committed message exactly once, through PostgreSQL', () => handlesOnce());

  it.skipIf(noKafka)(
    `runs a NestJS application that handles each committed message exactly once, through Kafka${becauseNoKafka}`,
    async () => handlesOnce({ KAFKA_BROKERS: (await testKafka()).brokers }),
  );

  it('runs a plain Node program that handles each committed message exactly once, and none of a rollback', async () => {
    const { printed, rows } = await follow(section('Plain Node'), tickets);
    expect(printed).toContain(section('Plain Node').output);
    expect(rows).toEqual([
      { order_id: 1, item: 'pizza', sent: 2 },
      { order_id: 2, item: 'salad', sent: 2 },
    ]);
  });

  it('runs a saga that approves a paid order and rejects an unpaid one', async () => {
    const { printed, rows } = await follow(section('A saga'), 'SELECT status FROM saga_instance ORDER BY status');
    expect(printed).toContain(section('A saga').output);
    expect(rows).toEqual([{ status: 'COMPLETED' }, { status: 'ROLLED_BACK' }]);
  });
});
