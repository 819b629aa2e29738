import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import type { RelayCounts, RelayState } from './relay-status.js';

export interface RelayReportOptions {
  readonly database: string;
  readonly slot: string;
  readonly logger: MessagingLogger;
}

/** What the relay of a database reports of itself: its state and why, what it counts, what it raises an alarm for. */
export class RelayReport {
  readonly counts: RelayCounts = { published: 0, backfilled: 0, terms: 0, alarms: 0, rejected: 0 };
  state: RelayState = 'starting';
  reason: string | undefined;
  /** The source is proved to have all that is not published; undefined: another relay knows, or it is not known yet. */
  isProved: boolean | undefined;
  blockingTransactions = 0;
  /** All that was committed before is known to be published, or another relay's care. */
  private publishedUpTo = performance.now();
  /** The last alarm of an incident that is not over: it is raised once. */
  private alarmed: string | undefined;

  constructor(private readonly options: RelayReportOptions) {}

  get isReady(): boolean {
    const { state, isProved } = this;
    return state === 'leading' || state === 'standby' || (state === 'backfilling' && isProved !== false);
  }

  /** Undefined while another relay leads. */
  get lagMs(): number | undefined {
    return this.state === 'standby' || this.state === 'stopped' ? undefined : performance.now() - this.publishedUpTo;
  }

  enter(state: RelayState, reason?: string, isAlarm = state === 'refused' || state === 'misconfigured'): void {
    this.blockingTransactions = 0;
    if (this.state === state && this.reason === reason) return;
    if (state === 'standby') this.isProved = undefined;
    this.state = state;
    this.reason = reason;
    const { logger, database, slot } = this.options;
    const details = { database, slot, state, ...(reason === undefined ? {} : { reason }) };
    if (isAlarm) {
      this.counts.alarms++;
      logger.error('relay is stopped until this is mended', details);
    } else if (state === 'waiting') logger.warn('relay waits', details);
    else logger.log(`relay is ${state}`, details);
  }

  /** Another relay leads, and sees to what is not published. A message that was refused here stays in sight. */
  standsBy(): void {
    if (this.state !== 'refused') this.enter('standby');
    this.publishedUpTo = performance.now();
  }

  waitsForTransactions(count: number, reason: string): void {
    this.enter('waiting', reason);
    this.blockingTransactions = count;
  }

  /** A term has begun. */
  leads(): void {
    this.counts.terms++;
    [this.isProved, this.alarmed] = [true, undefined];
  }

  backfilled(rows: number): void {
    const { logger, database, slot } = this.options;
    this.counts.backfilled += rows;
    logger.log('backfill published rows', { database, slot, rows });
  }

  progressed(oldestUnpublishedMs: number): void {
    this.publishedUpTo = performance.now() - oldestUnpublishedMs;
  }

  alarm(what: string): void {
    if (this.alarmed === what) return;
    this.alarmed = what;
    this.counts.alarms++;
    const { logger, database, slot } = this.options;
    logger.error('relay alarm', { database, slot, reason: what });
  }
}
