import { diagnostics } from '@ftgo/messaging/broker';
import type { Client } from 'pg';
import type { Checkpoint } from '../../checkpoint/checkpoint.js';
import type { Lsn } from './lsn.js';
import type { ReplicationSession } from './replication-session.js';
import { findSlot } from './slot.js';

export interface LedgerOptions {
  readonly database: string;
  readonly slot: string;
  readonly session: ReplicationSession;
  readonly control: Client;
  readonly checkpoint: Checkpoint;
}

/** Messages that are acknowledged but not stored are repeated after a crash: this much log is stored before the next heartbeat. */
const muchBytes = 16 * 1024 * 1024;
const confirmCheckMs = 10;

/** The position that the broker has acknowledged in a term, and the one confirmed to the server, which is never beyond the stored one. */
export class Ledger {
  private readonly progress = Promise.withResolvers<void>();
  /** The position up to which the broker has everything. */
  acked: Lsn = 0;
  private reported: Lsn = 0;
  /** When progress was last reported to the server. */
  reportedAt = performance.now();
  /** The initial position of the slot. */
  begunAt: Lsn = 0;

  constructor(private readonly options: LedgerOptions) {}

  /** Notes that the broker has everything up to a position; it is confirmed to the server once it is stored. */
  acknowledge(lsn: Lsn): void {
    if (lsn > this.acked) this.acked = lsn;
  }

  /** True if a crash would repeat a lot. */
  get isMuchUnstored(): boolean {
    return this.acked - this.options.checkpoint.position > muchBytes;
  }

  /** True once a message retained by the slot was published and will not be published again. */
  get hasAdvanced(): boolean {
    return this.reported > this.begunAt;
  }

  /** Resolves when a position has been confirmed to the server, so that it may discard log. */
  get progressed(): Promise<void> {
    return this.progress.promise;
  }

  /** Stores the acknowledged position, then confirms it to the server. */
  async store(): Promise<void> {
    const { acked, options } = this;
    await options.checkpoint.store(acked);
    if (acked <= this.reported) return;
    this.reported = acked;
    this.reportedAt = performance.now();
    options.session.acknowledge(acked);
    if (this.hasAdvanced) this.progress.resolve();
    diagnostics.relayAcked.publish({ database: options.database, lsn: acked });
  }

  /** Stores and confirms the last position, and waits until the server shows it, so that the next term repeats nothing. */
  async settle(): Promise<void> {
    const { control, session, slot } = this.options;
    await this.store();
    session.reportStatus();
    for (;;) {
      const confirmed = (await findSlot(control, slot))?.confirmed;
      if (confirmed === undefined || confirmed >= this.reported) return;
      await new Promise((resolve) => setTimeout(resolve, confirmCheckMs));
    }
  }
}
