import type { Client } from 'pg';
import { Misconfigured, SlotIsTaken, sqlState, sqlStateOf } from '../../relay-errors.js';
import { type Lsn, parseLsn } from './lsn.js';

export interface Slot {
  readonly isUsable: boolean;
  readonly isActive: boolean;
  /** Still being created: it cannot be read yet, and is dropped if the process that creates it ends. */
  readonly isBeingCreated: boolean;
  /** The position confirmed to the server; undefined while the slot is being created. */
  readonly confirmed: Lsn | undefined;
  /** A standby could copy it, but it was created without that option. */
  readonly lacksFailover: boolean;
}

interface SlotRow {
  readonly database: string | null;
  readonly plugin: string | null;
  readonly active: boolean;
  readonly wal_status: string | null;
  readonly is_here: boolean;
  readonly confirmed: string | null;
  readonly lacks_failover: boolean;
}

/** The slot of that name; undefined if it does not exist. */
export async function findSlot(client: Client, slot: string): Promise<Slot | undefined> {
  const { rows } = await client.query<SlotRow>(
    `SELECT database, plugin, active, wal_status, database = current_database() AS is_here, confirmed_flush_lsn::text AS confirmed,
        -- The column exists from PostgreSQL 17.
        coalesce(to_jsonb(s) ->> 'failover' = 'false', false) AS lacks_failover
      FROM pg_replication_slots s WHERE slot_name = $1`,
    [slot],
  );
  const [row] = rows;
  if (!row) return undefined;
  if (!row.is_here || row.plugin !== 'pgoutput') {
    const found = row.plugin === null ? 'a physical slot' : `a ${row.plugin} slot of database ${row.database}`;
    throw new Misconfigured([`slot ${slot} is ${found}: slot names are unique in a cluster; choose another name`]);
  }
  const confirmed = row.confirmed === null ? undefined : parseLsn(row.confirmed);
  return {
    isUsable: row.wal_status !== 'lost',
    isActive: row.active,
    isBeingCreated: confirmed === undefined,
    confirmed,
    lacksFailover: row.lacks_failover,
  };
}

export async function dropSlot(client: Client, slot: string): Promise<void> {
  try {
    await client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [slot]);
  } catch (error) {
    if (sqlStateOf(error) === sqlState.objectInUse) throw new SlotIsTaken(slot);
    throw error;
  }
}
