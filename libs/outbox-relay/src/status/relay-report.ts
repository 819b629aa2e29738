import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import type { RelayCounts, RelayState } from './relay-status.js';

export interface RelayReportOptions {
  readonly database: string;
  readonly slot: string;
  readonly logger: MessagingLogger;
}

/** What the relay of a database reports: its state and the reason, its counters and alerts. */
export class RelayReport {
  readonly counts: RelayCounts = { published: 0, backfilled: 0, terms: 0, alarms: 0, rejected: 0 };
  state: RelayState = 'starting';
  reason: string | undefined;
  /** True if the source is proved to have everything unpublished; undefined if another relay leads, or it is not known yet. */
  isProved: boolean | undefined;
  blockingTransactions = 0;
  /** Everything committed before is known to be published, or is the responsibility of another relay. */
  private publishedUpTo = performance.now();
  /** The last alert of an ongoing incident, which is raised once. */
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
      logger.error('relay requires operator action', details);
    } else if (state === 'waiting') logger.warn('relay is waiting', details);
    else logger.log(state === 'standby' ? 'relay is on standby' : `relay is ${state}`, details);
  }

  /** Another relay leads and publishes. A message that was rejected here remains reported. */
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
    logger.error('relay alert', { database, slot, reason: what });
  }
}
