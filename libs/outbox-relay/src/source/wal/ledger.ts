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

/** What is acknowledged and not stored is repeated after a crash: so much of the log is stored sooner than at the next beat. */
const muchBytes = 16 * 1024 * 1024;
const confirmLookMs = 10;

/** How far the broker has come in a term, and how much of that the server knows: never more than is stored. */
export class Ledger {
  private readonly progress = Promise.withResolvers<void>();
  /** What the broker has. */
  acked: Lsn = 0;
  private reported: Lsn = 0;
  /** When progress was last reported to the server. */
  reportedAt = performance.now();
  /** Where the slot stood. */
  begunAt: Lsn = 0;

  constructor(private readonly options: LedgerOptions) {}

  /** The broker has it; it is reported to the server once it is stored. */
  acknowledge(lsn: Lsn): void {
    if (lsn > this.acked) this.acked = lsn;
  }

  /** A crash would repeat a lot. */
  get isMuchUnstored(): boolean {
    return this.acked - this.options.checkpoint.position > muchBytes;
  }

  /** True when something that the slot held was published, and will not be published again. */
  get hasMovedOn(): boolean {
    return this.reported > this.begunAt;
  }

  /** Resolves when the server has been told that it may forget something that it kept for us. */
  get progressed(): Promise<void> {
    return this.progress.promise;
  }

  /** Stores how far the broker has come, and then tells the server. */
  async store(): Promise<void> {
    const { acked, options } = this;
    await options.checkpoint.store(acked);
    if (acked <= this.reported) return;
    this.reported = acked;
    this.reportedAt = performance.now();
    options.session.acknowledge(acked);
    if (this.hasMovedOn) this.progress.resolve();
    diagnostics.relayAcked.publish({ database: options.database, lsn: acked });
  }

  /** Stores and tells the last of it, and waits until the server shows it: the next term repeats nothing. */
  async settle(): Promise<void> {
    const { control, session, slot } = this.options;
    await this.store();
    session.reportStatus();
    for (;;) {
      const confirmed = (await findSlot(control, slot))?.confirmed;
      if (confirmed === undefined || confirmed >= this.reported) return;
      await new Promise((resolve) => setTimeout(resolve, confirmLookMs));
    }
  }
}
