import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCommand, freePort } from '@ftgo/runner/processes';
import { Client } from 'pg';
import { eventually } from './eventually.js';

export interface PgBouncerOptions {
  /** The URL of a role and its database, with which PgBouncer logs in. */
  readonly url: string;
  /** Connections to the server; default 2, so that clients have to share them. */
  readonly poolSize?: number;
  /** Startup parameters of clients that it ignores instead of rejecting them. */
  readonly ignored?: string;
}

/** A PgBouncer in transaction mode, in front of one database. */
export interface PgBouncer {
  readonly url: string;
  close(): Promise<void>;
}

const command = findCommand('pgbouncer');

/** Why specs of PgBouncer cannot run here; undefined if it is installed. */
export const noPgBouncer = command ? undefined : 'PgBouncer is not installed; run apt-get install pgbouncer, or brew install pgbouncer';

/** Starts a private PgBouncer; it is stopped by `close`, or when this process exits. */
export async function startPgBouncer({ url, poolSize = 2, ignored = '' }: PgBouncerOptions): Promise<PgBouncer> {
  const server = new URL(url);
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-pgbouncer-'));
  const port = await freePort();
  const database = server.pathname.slice(1);
  const login = `host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}`;
  const settings = { ...fixedSettings, listen_port: port, default_pool_size: poolSize, ignore_startup_parameters: ignored };
  const lines = [
    `[databases]`,
    `${database} = ${login}`,
    `[pgbouncer]`,
    ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`),
  ];
  writeFileSync(join(folder, 'pgbouncer.ini'), lines.join('\n'));
  // PgBouncer does not run as root.
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(command as string, [...asUser, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const through = new URL(url);
  through.port = String(port);
  await eventually(() => answers(through.href));
  return {
    url: through.href,
    close: async () => {
      kill();
      await gone;
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const fixedSettings = {
  listen_addr: '127.0.0.1',
  unix_socket_dir: '',
  // Clients need no password: PgBouncer logs in for them.
  auth_type: 'any',
  pool_mode: 'transaction',
  max_client_conn: 500,
};

async function answers(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}
