import { chownSync, copyFileSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { postgresBinaries, type RunAs } from './binaries.js';

/** Folders whose content belongs to the running server, or to its log. */
const emptied = new Set(['pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans', 'pg_wal']);
const omitted = new Set(['postmaster.pid', 'postmaster.opts']);

/**
 * Copies the data folder of a running server, without its log: what pg_basebackup does, which the binaries from npm do not
 * include. A server on the copy needs the log written meanwhile.
 */
export async function copyServer(client: Client, from: string, to: string): Promise<void> {
  const { runAs } = postgresBinaries();
  await client.query("SELECT pg_backup_start('copy', true)");
  copyFolder(realpathSync(from), to, runAs, emptied);
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  writeOwned(join(to, 'backup_label'), String(rows[0]?.labelfile), runAs);
}

/** Copies a folder, and those of these names in it as empty ones. A file may vanish meanwhile: replaying the log makes the copy consistent. */
export function copyFolder(from: string, to: string, runAs: RunAs, empty: ReadonlySet<string> = new Set()): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  own(to, runAs);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (omitted.has(entry.name)) continue;
    if (!entry.isDirectory()) copyFile(source, target, runAs);
    else if (!empty.has(entry.name)) copyFolder(source, target, runAs, empty);
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

export function writeOwned(file: string, content: string, runAs: RunAs): void {
  writeFileSync(file, content);
  own(file, runAs);
}

function own(path: string, { uid, gid }: RunAs): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
