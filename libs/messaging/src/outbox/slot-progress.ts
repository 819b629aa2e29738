import type { Transaction } from '../transaction/transactions.js';
import { OutboxProgress, type PublishingState, relayProgress } from './outbox-progress.js';

/** A recorded moment: once the slot has passed `lsn`, everything visible in `snapshot` is published. */
interface Moment {
  readonly snapshot: string;
  readonly lsn: string;
}

/**
 * Maximum number of remembered moments that the slot has not passed; otherwise they would accumulate while a slot does not
 * advance.
 */
const mostMoments = 100;

/**
 * For an outbox that something other than our relay, such as Debezium, publishes through a replication slot: its only sign of
 * progress is the confirmed position of the slot. Each check records a moment and writes a heartbeat into the log. When the
 * slot has passed a moment, it is stored as a relay would store it (relay_checkpoint), so that retention and operators' queries
 * work unchanged.
 *
 * Unlike the relay, this does not prove that the publication is unchanged, or that the slot was not moved by hand. Messages
 * that were committed before the slot was created are not in it, and count as published.
 */
export class SlotProgress extends OutboxProgress {
  private moments: Moment[] = [];

  constructor(private readonly slot: string) {
    super();
  }

  override async read(transaction: Transaction): Promise<PublishingState | undefined> {
    const passed = await this.check(transaction);
    if (passed) await this.store(transaction, passed);
    return relayProgress.read(transaction);
  }

  /** Resolves to the newest moment that the slot has passed. */
  private async check(transaction: Transaction): Promise<Moment | undefined> {
    // Left to right: the snapshot of the statement, then the position, then the heartbeat, which advances the log of an idle
    // database.
    const { rows } = await transaction.query<Moment & { hasWritten: boolean; passed: number }>({
      name: 'messaging-slot-check',
      text: `SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS lsn,
          pg_logical_emit_message(false, 'messaging.heartbeat', ''), pg_current_xact_id_if_assigned() IS NOT NULL AS "hasWritten",
          (SELECT count(*)::int FROM unnest($2::pg_lsn[]) AS moment WHERE moment <= confirmed_flush_lsn) AS passed
        FROM pg_replication_slots WHERE slot_name = $1 AND database = current_database()`,
      values: [this.slot, this.moments.map(({ lsn }) => lsn)],
    });
    const [seen] = rows;
    if (!seen) return undefined;
    const passed = this.moments[seen.passed - 1];
    this.moments.splice(0, seen.passed);
    // In a transaction that has written rows, its snapshot shows them as if they were committed.
    if (!seen.hasWritten && this.moments.length < mostMoments) this.moments.push({ snapshot: seen.snapshot, lsn: seen.lsn });
    return passed;
  }

  /** Other instances of the service do the same; the newest moment is kept. */
  private async store(transaction: Transaction, { snapshot, lsn }: Moment): Promise<void> {
    await transaction.query({
      name: 'messaging-slot-store',
      text: `INSERT INTO relay_checkpoint AS c (name, acked_lsn, snapshot, system_identifier, proof)
          SELECT $1, $2::pg_lsn, $3::pg_snapshot, system_identifier::text, $4 FROM pg_control_system()
        ON CONFLICT (name) DO UPDATE SET acked_lsn = excluded.acked_lsn, snapshot = excluded.snapshot, proof = excluded.proof,
          system_identifier = excluded.system_identifier, updated_at = clock_timestamp()
        WHERE c.acked_lsn <= excluded.acked_lsn OR c.system_identifier <> excluded.system_identifier`,
      values: [this.slot, lsn, snapshot, slotProof],
    });
  }
}

/** A relay that finds this value knows that it proves nothing about the log that the relay reads. */
const slotProof = JSON.stringify({ publication: '', outbox: 0, rewritten: [], source: 'slot' });
