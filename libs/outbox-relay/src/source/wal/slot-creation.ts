import { pause } from '@ftgo/messaging/broker';
import { inspectPostgres } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { watched } from '../../database/long-statement.js';
import { blockersOf, type Moment, openSince, type Transactions } from '../../database/old-transactions.js';
import { unlimitedMs } from '../../database/waits.js';
import { Misconfigured, sqlState, sqlStateOf } from '../../relay-errors.js';

/** Held while a relay waits for old transactions, so that other relays can report why none leads. */
const waitingLock = 'messaging relay waits';
const checkMs = 20;
const reportEveryMs = 2_000;
/** Standbys of these versions copy slots, if sync_replication_slots is on. */
const firstWithFailoverSlots = 170_000;

export interface SlotCreationOptions {
  readonly url: string;
  readonly slot: string;
  readonly signal: AbortSignal;
  /** Called at every check with the transactions that it waits for. */
  readonly onWaiting: (transactions: Transactions) => void;
}

/**
 * Creates the slot. Creation waits for every open transaction of the server, however long that takes; retrying would restart
 * the wait. If the connection is lost, creation is abandoned and leaves no slot.
 */
export async function createSlot(client: Client, options: SlotCreationOptions): Promise<void> {
  // The server then stops when the client has gone. Not supported on Windows.
  const { slot } = options;
  await client.query("SET client_connection_check_interval = '1s'").catch(() => undefined);
  await whileWaiting(client, slot, () => makeSlot(client, options));
}

async function makeSlot(client: Client, { url, slot, onWaiting }: SlotCreationOptions): Promise<void> {
  const from = await openSince(client);
  const { version } = await inspectPostgres(client);
  const making = client.query({
    text: `SELECT pg_create_logical_replication_slot($1, 'pgoutput'${version >= firstWithFailoverSlots ? ', failover => true' : ''})`,
    values: [slot],
    ...({ query_timeout: unlimitedMs } as object),
  });
  const onCheck = async (observer: Client, pid: number) => {
    const transactions = await blockersOf(observer, { from, pid });
    if (transactions.isBlocked) onWaiting(transactions);
  };
  try {
    await watched(client, making, { url, applicationName: `relay of ${slot} (watching)`, onCheck });
  } catch (error) {
    if (sqlStateOf(error) !== sqlState.limitExceeded) throw error;
    throw new Misconfigured(['all replication slots are in use: raise max_replication_slots (and max_wal_senders), or drop unused slots']);
  }
}

/**
 * Resolves when every transaction of this moment is over. While a commit waits for a synchronous standby, it is in the log but
 * not visible. One from before the slot's beginning is not streamed, so the backfill must not start before it is visible.
 */
export function untilAllVisible(client: Client, options: Omit<SlotCreationOptions, 'url'>): Promise<void> {
  return whileWaiting(client, options.slot, () => allVisible(client, options));
}

async function allVisible(client: Client, { signal, onWaiting }: Omit<SlotCreationOptions, 'url'>): Promise<void> {
  // Assign an xid: a snapshot's xmax follows the newest completed transaction, which may be older than running ones.
  const { rows } = await client.query<Moment>('SELECT pg_current_xact_id()::text AS xid, clock_timestamp() AS at');
  const from = rows[0] as Moment;
  let reportAt = performance.now() + reportEveryMs;
  while (!(await isAllVisible(client, from.xid))) {
    if (performance.now() > reportAt) {
      onWaiting(await blockersOf(client, { from }));
      reportAt = performance.now() + reportEveryMs;
    }
    await pause(checkMs, signal);
    signal.throwIfAborted();
  }
}

async function isAllVisible(client: Client, newest: string): Promise<boolean> {
  const { rows } = await client.query<{ seen: boolean }>('SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS seen', [newest]);
  return rows[0]?.seen === true;
}

/** The transactions that another relay waits for while it creates the slot; undefined if none does. */
export async function blockersOfOther(client: Client, slot: string): Promise<Transactions | undefined> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid = (hashtext($1)::bigint & 4294967295)::oid AND objid = (hashtext($2)::bigint & 4294967295)::oid`,
    [waitingLock, slot],
  );
  const [holder] = rows;
  return holder && blockersOf(client, { pid: holder.pid });
}

/** If the work fails, the connection is closed, which releases the lock. */
async function whileWaiting(client: Client, slot: string, work: () => Promise<void>): Promise<void> {
  await client.query('SELECT pg_try_advisory_lock(hashtext($1), hashtext($2))', [waitingLock, slot]);
  await work();
  await client.query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', [waitingLock, slot]);
}
