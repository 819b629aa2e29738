import { within } from '@ftgo/messaging/broker';
import type { Client } from 'pg';

/**
 * The advisory lock of a database's leader, the same for every source, so that two relays never lead. The control connection
 * holds it, and loses it if the relay hangs or is unreachable for ten seconds.
 */
const lockName = 'messaging relay';
const idleMs = 10_000;
const askMs = 3_000;

/** Takes the lock; false if another session holds it. */
export async function takeLeaderLock(client: Client, slot: string): Promise<boolean> {
  const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS mine', [
    lockName,
    slot,
  ]);
  if (rows[0]?.mine !== true) return false;
  await client.query(`SET idle_session_timeout = ${idleMs}`);
  return true;
}

/** Resolves like `work`. Meanwhile the connection, which nothing else may use, is kept from becoming idle. */
export async function keptAlive<T>(client: Client, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => void (isOver = true);
  const ended = work.then(over, over);
  for (;;) {
    await within(askMs, ended);
    if (isOver) return work;
    await client.query('SELECT 1');
  }
}

/** True if a session holds the lock. */
export async function isLeaderLockTaken(client: Client, slot: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = (hashtext($1)::bigint & 4294967295)::oid AND objid = (hashtext($2)::bigint & 4294967295)::oid`,
    [lockName, slot],
  );
  return rowCount !== 0;
}
