import type { Transaction } from '../transaction/transactions.js';
import { OutboxProgress, type PublishingState, relayProgress } from './outbox-progress.js';

/** A moment: when the slot has passed `lsn`, everything that `snapshot` sees is published. */
interface Moment {
  readonly snapshot: string;
  readonly lsn: string;
}

/** Of moments that the slot has not passed, so many are remembered; a slot that does not move would make them grow for ever. */
const mostMoments = 100;

/**
 * For an outbox that is published through a replication slot by something other than our relay, such as Debezium: all that it makes
 * known is how far it has confirmed the slot. Each look remembers a moment and writes a heartbeat into the log; when the slot has passed a
 * moment, that is stored as a relay would store it (relay_checkpoint), so retention and operators' readers need to know nothing of it.
 *
 * What the relay proves besides is not proved here: that the publication was not changed, and that the slot was not moved by hand.
 * Messages that were committed before the slot was created are not in it, and count as published.
 */
export class SlotProgress extends OutboxProgress {
  private moments: Moment[] = [];

  constructor(private readonly slot: string) {
    super();
  }

  override async read(transaction: Transaction): Promise<PublishingState | undefined> {
    const passed = await this.look(transaction);
    if (passed) await this.store(transaction, passed);
    return relayProgress.read(transaction);
  }

  /** Resolves with the newest moment that the slot has passed. */
  private async look(transaction: Transaction): Promise<Moment | undefined> {
    // Left to right: the snapshot of the statement, then the position, then the heartbeat, which moves the log of an idle database.
    const { rows } = await transaction.query<Moment & { hasWritten: boolean; passed: number }>({
      name: 'messaging-slot-look',
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
    // A snapshot shows a transaction that has written its own rows as if they were committed.
    if (!seen.hasWritten && this.moments.length < mostMoments) this.moments.push({ snapshot: seen.snapshot, lsn: seen.lsn });
    return passed;
  }

  /** Other instances of the service do the same; the newest moment stays. */
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

/** A relay that finds it knows that it proves nothing about the log that it reads. */
const slotProof = JSON.stringify({ publication: '', outbox: 0, rewritten: [], source: 'slot' });
