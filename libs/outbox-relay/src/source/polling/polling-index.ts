import type { Client } from 'pg';
import { type WatchOptions, watched } from '../../database/long-statement.js';
import { unlimitedMs } from '../../database/waits.js';
import { sqlState, sqlStateOf } from '../../relay-errors.js';

/** Creates the index for rounds, if it does not exist. Writers wait while it is built. */
export async function createPollingIndex(control: Client, watch: WatchOptions): Promise<void> {
  if (await hasPollingIndex(control)) return;
  const creating = control.query({ text: 'SELECT relay_polling_index(true)', ...({ query_timeout: unlimitedMs } as object) });
  await watched(control, creating, watch);
}

/** Drops the index, which reading the log does not need. If writers hold locks, it remains until the next start. */
export async function dropPollingIndex(control: Client): Promise<void> {
  if (!(await hasPollingIndex(control))) return;
  try {
    await control.query('SELECT relay_polling_index(false)');
  } catch (error) {
    if (sqlStateOf(error) !== sqlState.lockNotAvailable) throw error;
  }
}

async function hasPollingIndex(control: Client): Promise<boolean> {
  const { rows } = await control.query<{ exists: boolean }>(`SELECT to_regclass('outbox_xid') IS NOT NULL AS exists`);
  return rows[0]?.exists === true;
}
