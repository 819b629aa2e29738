import { inspectPostgres, UnsupportedPostgres } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { Misconfigured } from '../relay-errors.js';

/**
 * The settings of the control connection. A stored position must survive a crash, since it is then confirmed to the server;
 * replication of the row to a standby may lag. If row security would hide rows, queries must fail: a backfill would omit them.
 */
export const controlSettings = ['synchronous_commit=local', 'row_security=off'];

/** Opens the control connection. Throws Misconfigured if the server is a pooler that does not pass on the options. */
export async function connectControl(control: Client): Promise<void> {
  try {
    await control.connect();
  } catch (error) {
    if (/unsupported startup parameter/.test((error as Error).message)) throw pooled(control);
    throw error;
  }
}

/** Checks that the relay supports this server, before any other check. Throws Misconfigured. */
export async function checkEnvironment(control: Client): Promise<void> {
  const { isPooled } = await inspectPostgres(control).catch((error: unknown) => {
    throw error instanceof UnsupportedPostgres ? new Misconfigured([error.message]) : error;
  });
  const { rows } = await control.query<{ encoding: string; commit: string }>(
    `SELECT current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS commit`,
  );
  const { encoding, commit } = rows[0] as { encoding: string; commit: string };
  // Other poolers connect and ignore the options. A proxy that passes them on provides a dedicated session.
  if (isPooled && commit !== 'local') throw pooled(control);
  if (encoding === 'SQL_ASCII') {
    throw new Misconfigured([
      `database "${control.database}" has the encoding SQL_ASCII, which accepts invalid text: recreate it with ENCODING 'UTF8'`,
    ]);
  }
}

const pooled = ({ host, port }: Client) =>
  new Misconfigured([
    `${host}:${port} is a connection pooler, which does not support replication: set the relay's URL to the address of PostgreSQL`,
  ]);
