import type { Client } from 'pg';

/** Transactions that must end before something else can continue. */
export interface Transactions {
  /** True if a server process is waiting for one of them now. */
  readonly isBlocked: boolean;
  readonly count: number;
  /** Process, database, role and start of the oldest ones, as far as the relay's role may see them. */
  readonly description: string;
}

/** Transactions with a smaller xid may have been open at that moment. */
export interface Moment {
  readonly xid: string;
  /** On the server's clock. */
  readonly at: Date;
}

interface TransactionRow {
  readonly pid: number | null;
  readonly database: string | null;
  readonly role: string | null;
  readonly gid: string | null;
  /** When it began; if the relay's role may not see that, a time at which it was open. */
  readonly since: string;
  readonly blocks: boolean;
}

const shownAtMost = 5;

/** The current moment, or slightly later. */
export async function openSince(client: Client): Promise<Moment> {
  const { rows } = await client.query<Moment>('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid, clock_timestamp() AS at');
  return rows[0] as Moment;
}

/**
 * The transactions of the whole server that have been open since a moment, and those that the process `pid` waits for;
 * oldest first. Prepared ones have no process. Only members of pg_read_all_stats see when the transaction of another role
 * began; for others, it is known to have been open when the wait for it began.
 */
export async function blockersOf(client: Client, { from, pid = 0 }: { from?: Moment; pid?: number }): Promise<Transactions> {
  const { rows } = await client.query<TransactionRow>(
    `SELECT l.pid, coalesce(a.datname, p.database) AS database, coalesce(a.usename, p.owner) AS role, p.gid,
        CASE WHEN a.xact_start IS NULL AND p.prepared IS NULL THEN 'before ' ELSE '' END
          || to_char(coalesce(a.xact_start, p.prepared, waiting.since, $3, now()) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
        coalesce(l.pid, 0) = ANY (blocking.pids) AS blocks
      FROM pg_locks l
        CROSS JOIN (SELECT pg_blocking_pids($2) AS pids) blocking
        CROSS JOIN (SELECT min(waitstart) AS since FROM pg_locks WHERE pid = $2 AND NOT granted) waiting
        LEFT JOIN pg_stat_activity a ON a.pid = l.pid
        LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND p.transaction = l.transactionid
      WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid IS DISTINCT FROM $2
        AND l.pid IS DISTINCT FROM pg_backend_pid()
        AND (coalesce(age(l.transactionid) > age($1::xid8::xid), false) OR coalesce(l.pid, 0) = ANY (blocking.pids))
      ORDER BY age(l.transactionid) DESC`,
    [from?.xid, pid, from?.at],
  );
  return { isBlocked: rows.some(({ blocks }) => blocks), count: rows.length, description: describe(rows) };
}

function describe(rows: readonly TransactionRow[]): string {
  const shown = rows.slice(0, shownAtMost).map(({ pid, database, role, gid, since }) => {
    const name = pid === null ? `prepared transaction '${gid ?? 'unknown'}'` : `process ${pid}`;
    return `${name} (database ${database ?? 'unknown'}, role ${role ?? 'unknown'}, since ${since})`;
  });
  const more = rows.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
