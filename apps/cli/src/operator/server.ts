import { UserError } from '@ftgo/runner/errors';
import { type ObservedSystem, setPostgresUrl } from './observed-system.js';

/** A session at the PostgreSQL server. */
export interface DatabaseSession {
  readonly pid: number;
  readonly database: string;
  readonly role: string;
  /** Of the client; absent for a Unix socket. */
  readonly address?: string | undefined;
  readonly application: string;
  readonly state: string;
  /** What it waits for, such as Lock. */
  readonly wait?: string | undefined;
  /** The sessions whose locks it waits for. */
  readonly blockedBy: readonly number[];
  /** How long its transaction has been open. */
  readonly openSeconds?: number | undefined;
  /** It has written something, so that a new replication slot waits for its end. */
  readonly hasWritten: boolean;
  readonly query: string;
}

/** A replication slot, whose reader keeps the write-ahead log from being removed. */
export interface ReplicationSlot {
  readonly name: string;
  readonly database?: string | undefined;
  /** The session that reads it. */
  readonly pid?: number | undefined;
  readonly logStatus?: string | undefined;
  readonly keptBytes?: number | undefined;
}

/** Which sessions are listed. */
export interface SessionFilter {
  /** Undefined: every database of the server. */
  readonly databases?: readonly string[] | undefined;
  /** Also those that only keep a connection. */
  readonly includesIdle: boolean;
}

/** Sessions of clients, the oldest transaction first. */
export const sessionsOf = (system: ObservedSystem, { databases, includesIdle }: SessionFilter): Promise<DatabaseSession[]> =>
  query<DatabaseSession>(
    system,
    `SELECT pid, datname AS database, usename AS role, host(client_addr) AS address, application_name AS application, state,
        wait_event_type AS wait, pg_blocking_pids(pid) AS "blockedBy",
        extract(epoch FROM clock_timestamp() - xact_start)::float8 AS "openSeconds", backend_xid IS NOT NULL AS "hasWritten", query
      FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL AND datname IS NOT NULL
        AND ($1::text[] IS NULL OR datname = ANY ($1)) AND ($2 OR state <> 'idle' OR xact_start IS NOT NULL)
      ORDER BY xact_start NULLS LAST, datname, pid LIMIT 1000`,
    [databases ?? null, includesIdle],
  );

export const slotsOf = (system: ObservedSystem): Promise<ReplicationSlot[]> =>
  query<ReplicationSlot>(
    system,
    `SELECT slot_name AS name, database, active_pid AS pid, wal_status AS "logStatus",
        (pg_current_wal_lsn() - coalesce(confirmed_flush_lsn, restart_lsn))::float8 AS "keptBytes"
      FROM pg_replication_slots ORDER BY slot_name`,
  );

/** Ends the statement of a session, or the whole session. Resolves to false if there is no such session. */
export async function endSession(system: ObservedSystem, pid: number, what: 'statement' | 'session'): Promise<boolean> {
  const end = what === 'statement' ? 'pg_cancel_backend' : 'pg_terminate_backend';
  const [row] = await query<{ ended: boolean }>(system, `SELECT ${end}(pid) AS ended FROM pg_stat_activity WHERE pid = $1`, [pid]);
  return row?.ended === true;
}

/** Resolves to false if there is no such slot. Fails while it is read. */
export async function dropSlot(system: ObservedSystem, name: string): Promise<boolean> {
  const text = 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1';
  return (await query(system, text, [name])).length > 0;
}

/** Over the connection to any database: these views are the same in all of them. */
async function query<Row>(system: ObservedSystem, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const owner = system.owners.find(({ database }) => database?.url);
  if (!owner) throw new UserError(`the URL of the database server is unknown; ${setPostgresUrl}`);
  const { value, unknown } = await system.ask(owner, (transactions) =>
    transactions.run(async (transaction) =>
      (await transaction.query<object>({ text, values: [...values] })).rows.map((row) => withoutNulls(row) as Row),
    ),
  );
  if (value === undefined) throw new UserError(unknown ?? '');
  return value;
}

const withoutNulls = (row: object): object => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
