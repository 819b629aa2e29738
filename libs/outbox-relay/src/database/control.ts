import { inspectPostgres, UnsupportedPostgres } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { Misconfigured } from '../relay-errors.js';

/**
 * What the control connection asks for at its start. The server is told only what is stored, so that must outlive a crash; a
 * standby may come to it later. What row security would hide must fail instead: a backfill would leave it out.
 */
export const controlSettings = ['synchronous_commit=local', 'row_security=off'];

/** Connects the control connection. Throws Misconfigured when a pooler answers that cannot pass our options on. */
export async function connectControl(control: Client): Promise<void> {
  try {
    await control.connect();
  } catch (error) {
    if (/unsupported startup parameter/.test((error as Error).message)) throw pooled(control);
    throw error;
  }
}

/** Whether the relay can work with this server at all, before anything else is looked at. Throws Misconfigured. */
export async function checkEnvironment(control: Client): Promise<void> {
  const { isPooled } = await inspectPostgres(control).catch((error: unknown) => {
    throw error instanceof UnsupportedPostgres ? new Misconfigured([error.message]) : error;
  });
  const { rows } = await control.query<{ encoding: string; commit: string }>(
    `SELECT current_setting('server_encoding') AS encoding, current_setting('synchronous_commit') AS commit`,
  );
  const { encoding, commit } = rows[0] as { encoding: string; commit: string };
  // Other poolers connect, and leave out what we asked for. A proxy that passes it on gives us a session of our own.
  if (isPooled && commit !== 'local') throw pooled(control);
  if (encoding === 'SQL_ASCII') {
    throw new Misconfigured([
      `database "${control.database}" has the encoding SQL_ASCII, which accepts invalid text: create it with ENCODING 'UTF8'`,
    ]);
  }
}

const pooled = ({ host, port }: Client) =>
  new Misconfigured([
    `${host}:${port} is a connection pooler, through which the replication log cannot be read: give the relay a URL that leads to PostgreSQL itself`,
  ]);
