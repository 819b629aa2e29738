import { appendFileSync, chownSync, copyFileSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { postgresBinaries, type RunAs } from './binaries.js';

/** The server that a standby follows. */
export interface FollowedServer {
  readonly adminUrl: string;
  readonly dataFolder: string;
  /** The port to which the standby connects, if it is another one: that of a proxy. */
  readonly port?: number;
}

export interface StandbyOptions {
  readonly primary: FollowedServer;
  /** Also the name of its slot on the primary, as in `synchronous_standby_names` and `synchronized_standby_slots`. */
  readonly name: string;
  readonly folder: string;
}

/** Folders whose content belongs to the running primary, or follows through the standby's connection. */
const emptied = new Set(['pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans', 'pg_wal']);
const omitted = new Set(['postmaster.pid', 'postmaster.opts']);

/**
 * Makes the data folder of a physical standby of a running server: what pg_basebackup does, which the binaries from npm do not
 * include. The primary retains its log for the standby in a slot.
 */
export async function makeStandby({ primary, name, folder }: StandbyOptions): Promise<void> {
  const { runAs } = postgresBinaries();
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const client = new Client({ connectionString: primary.adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_create_physical_replication_slot($1, true)', [name]);
    await client.query("SELECT pg_backup_start('standby', true)");
    copyFolder(realpathSync(primary.dataFolder), unfinished, runAs);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    writeOwned(join(unfinished, 'backup_label'), String(rows[0]?.labelfile), runAs);
  } finally {
    await client.end();
  }
  appendFileSync(join(unfinished, 'postgresql.auto.conf'), connectionSettings(primary, name));
  writeOwned(join(unfinished, 'standby.signal'), '', runAs);
  renameSync(unfinished, folder);
}

/** `dbname` is for the worker that synchronises slots. */
function connectionSettings({ adminUrl, port }: FollowedServer, name: string): string {
  const url = new URL(adminUrl);
  const parts = { host: url.hostname, port: port ?? url.port, user: url.username, password: url.password, dbname: 'postgres' };
  const text = Object.entries({ ...parts, application_name: name }).map(([key, value]) => `${key}=${value}`);
  return `primary_conninfo = '${text.join(' ')}'\nprimary_slot_name = '${name}'\n`;
}

/** A file may vanish meanwhile: replaying the log makes the copy consistent. */
function copyFolder(from: string, to: string, runAs: RunAs): void {
  mkdirSync(to, { mode: 0o700 });
  own(to, runAs);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (omitted.has(entry.name)) continue;
    if (!entry.isDirectory()) copyFile(source, target, runAs);
    else if (!emptied.has(entry.name)) copyFolder(source, target, runAs);
    else {
      mkdirSync(target, { mode: 0o700 });
      own(target, runAs);
    }
  }
}

function copyFile(from: string, to: string, runAs: RunAs): void {
  try {
    copyFileSync(from, to);
    own(to, runAs);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function writeOwned(file: string, content: string, runAs: RunAs): void {
  writeFileSync(file, content);
  own(file, runAs);
}

function own(path: string, { uid, gid }: RunAs): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
