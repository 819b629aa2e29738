import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { postgresBinaries } from './binaries.js';
import { copyServer, writeOwned } from './copy-server.js';

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

/**
 * Makes the data folder of a physical standby of a running server. The primary retains its log for the standby in a slot.
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
    await copyServer(client, primary.dataFolder, unfinished);
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
