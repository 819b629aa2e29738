import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { postgresBinaries } from '../postgres/binaries.js';
import { copyFolder, copyServer } from '../postgres/copy-server.js';
import { placeFor } from '../postgres/data-folder.js';
import { endLeftBehind, rememberedProcess } from '../process/left-behind.js';
import { UserError } from '../user-error.js';
import type { Home } from './home.js';

export interface BackupOptions {
  readonly adminUrl: string;
  /** Of the running server. */
  readonly dataFolder: string;
  /** A folder that does not exist yet. */
  readonly folder: string;
}

/** A name that no other backup has at the same time. */
const slotName = (): string => `ftgo_backup_${process.pid}`;

/** Copies a running server with all its databases, as of one moment: the end of the copy. */
export async function backUpServer({ adminUrl, dataFolder, folder: given }: BackupOptions): Promise<void> {
  const folder = resolve(given);
  if (existsSync(folder)) throw new UserError(`${folder} already exists; name a new folder`);
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const client = new Client({ connectionString: adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Retains the log until it is copied, and vanishes with the connection.
    await client.query('SELECT pg_create_physical_replication_slot($1, true, true)', [slotName()]);
    await copyServer(client, dataFolder, unfinished);
    copyFolder(join(realpathSync(dataFolder), 'pg_wal'), join(unfinished, 'pg_wal'), postgresBinaries().runAs);
  } finally {
    await client.end();
  }
  renameSync(unfinished, folder);
}

export interface RestoreOptions {
  /** A folder written by `backUpServer`. */
  readonly folder: string;
  readonly home: Home;
}

/** Replaces the databases of a home that is not running. The next start removes from the topics what they have not sent. */
export async function restoreServer({ folder, home }: RestoreOptions): Promise<void> {
  if (!existsSync(join(folder, 'backup_label')))
    throw new UserError(`${folder} is not a backup: expected a folder written by npm run ftgo -- backup`);
  const running = rememberedProcess(home.supervisorPid);
  if (running)
    throw new UserError(`npm start is running in ${home.folder} (process ${running.pid}); stop it with Ctrl-C or kill ${running.pid}`);
  await endLeftBehind(home.pids);
  const { runAs } = postgresBinaries();
  mkdirSync(home.folder, { recursive: true });
  const place = existsSync(home.postgresData) ? realpathSync(home.postgresData) : placeFor(home.postgresData, runAs);
  const [restored, replaced] = [`${place}.restored`, `${place}.replaced`];
  for (const left of [restored, replaced]) rmSync(left, { recursive: true, force: true });
  copyFolder(resolve(folder), restored, runAs);
  // Before the databases are replaced: restoring the topics without need removes nothing.
  home.noteRestored();
  if (existsSync(place)) renameSync(place, replaced);
  renameSync(restored, place);
  rmSync(replaced, { recursive: true, force: true });
}
