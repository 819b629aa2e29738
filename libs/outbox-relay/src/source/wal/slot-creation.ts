import { pause } from '@ftgo/messaging/broker';
import type { Client } from 'pg';
import { watched } from '../../database/long-statement.js';
import { blockersOf, type Moment, openSince, type Transactions } from '../../database/old-transactions.js';
import { unlimitedMs } from '../../database/waits.js';
import { Misconfigured, sqlState, sqlStateOf } from '../../relay-errors.js';

/** Held while a relay waits for old transactions, so that another one can see why nobody leads. */
const waitingLock = 'messaging relay waits';
const lookMs = 20;
const reportEveryMs = 2_000;

export interface SlotCreationOptions {
  readonly url: string;
  readonly slot: string;
  readonly signal: AbortSignal;
  /** Told at every look, with what it waits for. */
  readonly onWaiting: (transactions: Transactions) => void;
}

/**
 * Makes the slot. Postgres waits in it for every transaction that is open anywhere in the server, however long that
 * takes; starting over would begin the wait again. It ends with the connection: the slot is not there before it is made.
 */
export async function createSlot(client: Client, options: SlotCreationOptions): Promise<void> {
  // A server that works for nobody stops; Windows does not know when that is so.
  const { slot } = options;
  await client.query("SET client_connection_check_interval = '1s'").catch(() => undefined);
  await whileWaiting(client, slot, () => makeSlot(client, options));
}

async function makeSlot(client: Client, { url, slot, onWaiting }: SlotCreationOptions): Promise<void> {
  const from = await openSince(client);
  const making = client.query({
    text: "SELECT pg_create_logical_replication_slot($1, 'pgoutput')",
    values: [slot],
    ...({ query_timeout: unlimitedMs } as object),
  });
  const onLook = async (observer: Client, pid: number) => {
    const transactions = await blockersOf(observer, { from, pid });
    if (transactions.isBlocked) onWaiting(transactions);
  };
  try {
    await watched(client, making, { url, applicationName: `relay of ${slot} (watching)`, onLook });
  } catch (error) {
    if (sqlStateOf(error) !== sqlState.limitExceeded) throw error;
    throw new Misconfigured([
      'all replication slots are in use: raise max_replication_slots (and max_wal_senders), or drop slots that nobody needs',
    ]);
  }
}

/**
 * Resolves when every transaction of this moment is over. A commit is in the log before anybody sees it, for as long as it
 * waits for a standby: one from before the slot's beginning is in no stream, and the backfill must not come too early for it.
 */
export function untilAllIsSeen(client: Client, options: Omit<SlotCreationOptions, 'url'>): Promise<void> {
  return whileWaiting(client, options.slot, () => allIsSeen(client, options));
}

async function allIsSeen(client: Client, { signal, onWaiting }: Omit<SlotCreationOptions, 'url'>): Promise<void> {
  // An xid of our own: a snapshot's xmax is the newest transaction that is over, and that may be older than what runs.
  const { rows } = await client.query<Moment>('SELECT pg_current_xact_id()::text AS xid, clock_timestamp() AS at');
  const from = rows[0] as Moment;
  let reportAt = performance.now() + reportEveryMs;
  while (!(await isAllSeen(client, from.xid))) {
    if (performance.now() > reportAt) {
      onWaiting(await blockersOf(client, { from }));
      reportAt = performance.now() + reportEveryMs;
    }
    await pause(lookMs, signal);
    signal.throwIfAborted();
  }
}

async function isAllSeen(client: Client, newest: string): Promise<boolean> {
  const { rows } = await client.query<{ seen: boolean }>('SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS seen', [newest]);
  return rows[0]?.seen === true;
}

/** What another relay waits for while it makes the slot; undefined when none does. */
export async function waitOfAnother(client: Client, slot: string): Promise<Transactions | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = (hashtext($1)::bigint & 4294967295)::oid AND objid = (hashtext($2)::bigint & 4294967295)::oid`,
    [waitingLock, slot],
  );
  const [holder] = rows;
  return holder && blockersOf(client, { pid: holder.pid });
}

/** When the work fails, the connection ends, and the lock with it. */
async function whileWaiting(client: Client, slot: string, work: () => Promise<void>): Promise<void> {
  await client.query('SELECT pg_try_advisory_lock(hashtext($1), hashtext($2))', [waitingLock, slot]);
  await work();
  await client.query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', [waitingLock, slot]);
}
