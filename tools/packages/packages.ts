import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** The manifest of a published package. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export interface PublicPackage {
  /** Folder of the package, relative to the root: `libs/kernel`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** The mandatory peer dependencies. */
export const requiredPeersOf = ({ peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): string[] =>
  Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);

/** The published libs: those whose package.json is not private. */
export const publicPackages = (): PublicPackage[] =>
  globSync('libs/*/package.json', { cwd: repository })
    .map((file) => ({ folder: dirname(file), manifest: manifestOf(join(repository, dirname(file))) }))
    .filter(({ manifest }) => !manifest.private)
    .toSorted((one, other) => one.folder.localeCompare(other.folder));

/** Builds and packs all of them into an existing folder; returns the path of each tarball by package name. */
export function packAll(destination: string): ReadonlyMap<string, string> {
  const packages = publicPackages();
  const names = packages.map(({ manifest }) => manifest.name);
  const nx = join(repository, 'node_modules', '.bin', 'nx');
  run(nx, ['run-many', '--targets=build', `--projects=${names.join(',')}`, '--outputStyle=static']);
  // Without prepack scripts, which would build each package again.
  const pack = ['pack', '--json', '--ignore-scripts', `--pack-destination=${destination}`];
  const packed = run('npm', [...pack, ...packages.map(({ folder }) => `--workspace=${folder}`)]);
  const tarballs = JSON.parse(packed) as ReadonlyArray<{ readonly name: string; readonly filename: string }>;
  return new Map(tarballs.map(({ name, filename }) => [name, join(destination, filename)]));
}

const quiet = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' };

/** Runs a command in the root; returns its output, or throws an error with it. */
function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { cwd: repository, env: { ...process.env, ...quiet }, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
