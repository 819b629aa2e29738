import { execSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { type Manifest, manifestOf } from '../packages.js';

/** A project outside the workspace, like that of a user. */
export interface Project {
  readonly folder: string;
  /** Installs packages by name: ours from their tarballs, others from the workspace, so that no registry is needed. */
  install(names: readonly string[]): void;
  write(file: string, text: string): void;
  /** Runs a shell line in the project, with the Node of the workspace; returns the output, or throws an error with it. */
  run(line: string, env?: Readonly<Record<string, string>>): string;
}

export function projectOf({ folder, tarballs }: { folder: string; tarballs: ReadonlyMap<string, string> }): Project {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const run = (line: string, env: Readonly<Record<string, string>> = {}): string => runIn(folder, line, env);
  write('package.json', JSON.stringify({ name: 'shop', version: '1.0.0', type: 'module' }));
  return {
    folder,
    write,
    run,
    install(names) {
      const manifests = new Map([...tarballs].map(([name]) => [name, manifestOf(join(repository, 'node_modules', name))]));
      for (const path of neededFor(names.map(inWorkspace), manifests)) {
        cpSync(join(repository, path), join(folder, path.replace(`/${nativeCompiler}`, '/typescript')), { recursive: true });
      }
      const project = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
      const dependencies = Object.fromEntries(names.map((name) => [name, tarballs.get(name) ?? versionOf(name)]));
      write('package.json', JSON.stringify({ ...project, dependencies }));
      // npm queries a registry for peers even if they are installed; `npm ls` detects a missing one.
      run('npm install --offline --legacy-peer-deps --no-audit --no-fund');
    },
  };
}

/** The compiler that `npm install typescript` installs has another name in the workspace. */
const nativeCompiler = 'typescript-native';
const inWorkspace = (name: string): string => (name === 'typescript' ? nativeCompiler : name);

const versionOf = (name: string): string => manifestOf(join(repository, 'node_modules', inWorkspace(name))).version;

interface Needs extends Manifest {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The folders of these packages in the workspace's node_modules, without their optional peers. */
function neededFor(names: readonly string[], ours: ReadonlyMap<string, Needs>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const own = ours.get(name);
    const path = own ? `node_modules/${name}` : pathOf(name, from);
    if (path === undefined || found.has(path)) return;
    if (own) visitAll(own, path);
    else {
      found.add(path);
      visitAll(manifestOf(join(repository, path)), path);
    }
  };
  const visitAll = (manifest: Needs, from: string): void => {
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) visit(name, from);
  };
  for (const name of names) visit(name, '');
  return found;
}

/**
 * Where Node would find a package from another package's folder, relative to the root; undefined for an optional one of
 * another platform.
 */
function pathOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(join(repository, path))) return path;
    if (folder === '') return undefined;
  }
}

function runIn(folder: string, line: string, env: Readonly<Record<string, string>>): string {
  // npm passes settings to its scripts as variables, which the npm in the project would read.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')));
  const path = [join(repository, 'node_modules', '.bin'), process.env['PATH']].join(':');
  try {
    return execSync(line, { cwd: folder, env: { ...inherited, PATH: path, ...env }, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${line} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
