import type { Client } from 'pg';
import type { RestoredRows } from '../backfill/round.js';
import { ProofBroken } from '../relay-errors.js';
import { formatLsn, type Lsn, parseLsn } from '../source/wal/lsn.js';
import { changeSince, type Facts, factsOf, isSettled, logProblems } from './proof.js';

export const heartbeatPrefix = 'messaging.heartbeat';

/** A snapshot in which nothing is visible. */
const emptySnapshot = '1:1:';

export interface StoredCheckpoint {
  /** Everything visible in it is published; undefined if nothing is known to be published. */
  readonly snapshot: string | undefined;
  /** Positions up to this one may be confirmed to the slot. */
  readonly position: Lsn;
  readonly systemIdentifier: string;
  readonly backfillPending: boolean;
  /** The publication and outbox for which the snapshot was proved; undefined if the relay that stored it proved nothing. */
  readonly proof: string | undefined;
  readonly restored: RestoredRows | undefined;
  /** No message was published later, by the server's clock; undefined: not known. */
  readonly publishedUntil: Date | undefined;
}

/** The result of a backfill: everything visible in the snapshot is published, and the slot begins at the position. */
export interface Proved {
  readonly snapshot: string;
  readonly position: Lsn;
  readonly systemIdentifier: string;
  readonly proof: string;
  readonly restored: RestoredRows | undefined;
}

interface Candidate {
  readonly snapshot: string;
  readonly lsn: Lsn;
}

interface StoredRow {
  readonly snapshot: string;
  readonly position: string;
  readonly system_identifier: string;
  readonly backfill_pending: boolean;
  readonly proof: string | null;
  readonly restored: RestoredRows | null;
  readonly published_until: Date | null;
}

interface LookRow {
  readonly snapshot: string;
  readonly lsn: string;
  readonly facts: Facts;
  readonly active_pid: number | null;
  readonly confirmed: string | null;
  readonly awaited: string | null;
}

export interface CheckpointOptions {
  readonly client: Client;
  /** The name of the slot, and the key of the checkpoint's row. */
  readonly slot: string;
  readonly publication: string;
}

/**
 * Stores how much is proved to be published: everything visible in `snapshot`. Each snapshot is taken before the end of the
 * log is read, so everything visible in it was committed before that position; once the position is acknowledged, the
 * snapshot may be stored. It is stored only while publication, outbox and slot are unchanged since the last stored one. No
 * position is confirmed to the server before it is stored: a slot beyond the stored position was moved or recreated by
 * something else.
 */
export class Checkpoint {
  private candidate: Candidate | undefined;
  private proof = '';
  private stored: Lsn = 0;
  /** When it was last stored or read. */
  storedAt = performance.now();
  /** The end of the log at the last check. */
  logEnd: Lsn = 0;
  /** The standbys that must have a transaction before the server streams it, from PostgreSQL 17; empty if there are none. */
  awaitedStandbys = '';

  private canFlush: boolean | undefined;

  constructor(private readonly options: CheckpointOptions) {}

  /** Positions up to this one may be confirmed to the server. */
  get position(): Lsn {
    return this.stored;
  }

  async read(): Promise<StoredCheckpoint | undefined> {
    const { rows } = await this.options.client.query<StoredRow>(
      `SELECT snapshot::text, acked_lsn::text AS position, system_identifier, backfill_pending, proof,
          CASE WHEN restored_xid IS NOT NULL THEN jsonb_build_object('position', restored_position::text,
            'createdAt', restored_created_at::text, 'xid', restored_xid::text) END AS restored,
          -- An older relay stores only updated_at.
          CASE WHEN published_at IS NOT NULL THEN greatest(published_at, updated_at) END AS published_until
        FROM relay_checkpoint WHERE name = $1`,
      [this.options.slot],
    );
    const [row] = rows;
    if (!row) return undefined;
    this.proof = row.proof ?? '';
    this.stored = parseLsn(row.position);
    return {
      snapshot: row.snapshot === emptySnapshot ? undefined : row.snapshot,
      position: this.stored,
      systemIdentifier: row.system_identifier,
      backfillPending: row.backfill_pending,
      proof: row.proof ?? undefined,
      restored: row.restored ?? undefined,
      publishedUntil: row.published_until ?? undefined,
    };
  }

  /** Records that the log may have a gap until a backfill from the snapshot is done; undefined: a backfill of all rows. */
  async expectBackfill(systemIdentifier: string, since: string | undefined): Promise<void> {
    await this.options.client.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, backfill_pending) VALUES ($1, '0/0', $2, $3, true)
        ON CONFLICT (name) DO UPDATE SET backfill_pending = true, snapshot = excluded.snapshot, system_identifier = excluded.system_identifier`,
      [this.options.slot, since ?? emptySnapshot, systemIdentifier],
    );
  }

  /** Stores the result of the backfill, in one statement, so that a crash cannot separate a snapshot from its slot and proof. */
  async backfilled({ snapshot, position, systemIdentifier, proof, restored }: Proved): Promise<void> {
    await this.options.client.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, proof, restored_position, restored_created_at, restored_xid)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (name) DO UPDATE SET acked_lsn = excluded.acked_lsn, snapshot = excluded.snapshot,
          system_identifier = excluded.system_identifier, proof = excluded.proof, restored_position = excluded.restored_position,
          restored_created_at = excluded.restored_created_at, restored_xid = excluded.restored_xid,
          backfill_pending = false, updated_at = clock_timestamp(), published_at = clock_timestamp()`,
      [this.options.slot, formatLsn(position), snapshot, systemIdentifier, proof, restored?.position, restored?.createdAt, restored?.xid],
    );
    this.proof = proof;
    this.stored = position;
    this.storedAt = performance.now();
  }

  /** Notes that messages may be published from now on; `store` notes it again on every heartbeat. */
  async publishes(): Promise<void> {
    await this.options.client.query('UPDATE relay_checkpoint SET published_at = clock_timestamp() WHERE name = $1', [this.options.slot]);
  }

  /**
   * Writes a heartbeat into the log, and checks in the same statement that the proof still holds: one round trip, about every
   * second. Throws ProofBroken.
   */
  async beat(heartbeat: string, walSender: number): Promise<void> {
    const { client, slot, publication } = this.options;
    this.canFlush ??= await this.knowsHowToFlush();
    // Evaluated left to right: the statement's snapshot, then the position. The last argument flushes; without it, before
    // PostgreSQL 17, the WAL writer takes up to 0.2 s.
    const { rows } = await client.query<LookRow>({
      name: 'relay-heartbeat',
      text: `SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS lsn,
          pg_logical_emit_message(false, $1, $2${this.canFlush ? ', true' : ''}), ${factsOf('$3')} AS facts,
          s.active_pid, s.confirmed_flush_lsn::text AS confirmed, current_setting('synchronized_standby_slots', true) AS awaited
        FROM (VALUES (1)) AS one LEFT JOIN pg_replication_slots s ON s.slot_name = $4`,
      values: [heartbeatPrefix, heartbeat, publication, slot],
    });
    const seen = rows[0] as LookRow;
    this.check(seen, walSender);
    this.logEnd = parseLsn(seen.lsn);
    this.awaitedStandbys = seen.awaited ?? '';
    if (isSettled(seen.facts, seen.snapshot)) this.candidate ??= { snapshot: seen.snapshot, lsn: this.logEnd };
  }

  private async knowsHowToFlush(): Promise<boolean> {
    const { rows } = await this.options.client.query<{ known: boolean }>(
      `SELECT current_setting('server_version_num')::int >= 170000 AS known`,
    );
    return rows[0]?.known ?? false;
  }

  private check({ facts, active_pid, confirmed }: LookRow, walSender: number): void {
    const { slot, publication } = this.options;
    const [change] = [changeSince(this.proof, facts), ...logProblems(facts, publication)].filter((problem) => problem !== undefined);
    if (change) throw new ProofBroken(change);
    if (active_pid !== walSender || confirmed === null) throw new ProofBroken(`slot ${slot} is no longer held by this relay`);
    if (parseLsn(confirmed) > this.stored)
      throw new ProofBroken(`slot ${slot} is at ${confirmed}, beyond the stored position ${formatLsn(this.stored)}`);
  }

  /**
   * Stores the position that the broker has acknowledged, and the snapshot that this proves, if any. Durable once it
   * resolves: only then may the position be confirmed to the server.
   */
  async store(acked: Lsn): Promise<void> {
    const position = Math.max(acked, this.stored);
    const proved = this.candidate && acked >= this.candidate.lsn ? this.candidate : undefined;
    const { rowCount } = await this.options.client.query({
      name: 'relay-checkpoint',
      text: `UPDATE relay_checkpoint SET acked_lsn = $2, snapshot = coalesce($3::pg_snapshot, snapshot),
          updated_at = CASE WHEN $3::pg_snapshot IS NULL THEN updated_at ELSE clock_timestamp() END, published_at = clock_timestamp()
        WHERE name = $1 AND acked_lsn <= $2`,
      values: [this.options.slot, formatLsn(position), proved?.snapshot],
    });
    if (rowCount !== 1) throw new ProofBroken('the checkpoint was deleted, or another relay has stored one');
    this.stored = position;
    if (!proved) return;
    this.candidate = undefined;
    this.storedAt = performance.now();
  }
}
