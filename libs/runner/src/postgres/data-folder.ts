import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { config } from '../config.js';
import { commandLine, endProcess } from '../process/os-process.js';
import { UserError } from '../user-error.js';
import { type PostgresBinaries, postgresBinaries, type RunAs } from './binaries.js';

/**
 * Who may connect: from this machine, each role with its password. Outside of a database, where a client can copy the whole server,
 * only the administrator may replicate; the relay connects to its databases.
 */
const access = `host replication postgres 127.0.0.1/32 scram-sha-256
host replication all all reject
host all all 127.0.0.1/32 scram-sha-256
`;

/** Prepares the folder for a server: initialised, owned by the right user, and without a stray server. */
export async function prepareDataFolder(folder: string, password: string): Promise<void> {
  const binaries = postgresBinaries();
  if (existsSync(join(folder, 'PG_VERSION'))) await endStrayServer(folder);
  else initialise(placeFor(folder, binaries.runAs), password, binaries);
  // The file keeps its owner.
  writeFileSync(join(folder, 'pg_hba.conf'), access);
}

/** Deletes the data, even if the folder is a link to it. */
export function removeDataFolder(folder: string): void {
  if (existsSync(folder) && lstatSync(folder).isSymbolicLink()) rmSync(realpathSync(folder), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}

/**
 * If Postgres runs as another user than root, that user must be able to reach the data. Where it cannot (a clone below /root),
 * the data is in /var/tmp, and the folder is a link to it.
 */
export function placeFor(folder: string, runAs: RunAs): string {
  mkdirSync(dirname(folder), { recursive: true });
  if (canWalkTo(dirname(folder), runAs)) return folder;
  const place = join('/var/tmp', `ftgo-postgres-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  if (!existsSync('/var/tmp'))
    throw new UserError(`the user of Postgres cannot reach ${folder}; set FTGO_HOME to a folder that every user may traverse`);
  rmSync(place, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  symlinkSync(place, folder);
  return place;
}

const canWalkTo = (folder: string, runAs: RunAs) =>
  runAs.uid === undefined || spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...runAs, cwd: '/' }).status === 0;

/** Initialises under another name first, so that an interrupted initialisation does not look complete. */
function initialise(folder: string, password: string, { folder: bin, runAs }: PostgresBinaries): void {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const secret = mkdtempSync(join(tmpdir(), 'ftgo-'));
  const passwordFile = join(secret, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const { uid, gid } = runAs;
  if (uid !== undefined && gid !== undefined) for (const path of [unfinished, secret, passwordFile]) chownSync(path, uid, gid);
  try {
    const options = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '--no-sync'];
    const run = spawnSync(join(bin, 'initdb'), ['-D', unfinished, ...options], {
      ...runAs,
      cwd: '/',
      env: { ...config.inherited, LC_ALL: 'C' },
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new UserError(`initdb failed: ${run.error?.message ?? run.stderr.trim()}`);
  } finally {
    rmSync(secret, { recursive: true, force: true });
  }
  chmodSync(unfinished, 0o700);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
}

/** Stops a server that was left by a killed run. Its process id is checked, since the file may be older than the last boot. */
async function endStrayServer(folder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const command = pid > 0 ? commandLine(pid) : undefined;
  if (!command?.includes('postgres') || !command.includes(realpathSync(folder))) return;
  const isGone = await endProcess(pid, [
    ['SIGINT', 4_000],
    ['SIGQUIT', 2_000],
    ['SIGKILL', 2_000],
  ]);
  if (!isGone) throw new UserError(`another Postgres (process ${pid}) uses ${folder} and does not stop; end it and try again`);
}
