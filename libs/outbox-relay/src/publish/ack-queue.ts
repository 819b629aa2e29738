import { wallClockMs } from '@ftgo/kernel';
import type { Lsn } from '../source/wal/lsn.js';

/**
 * Determines the position that may be acknowledged: the end of the newest transaction that is safe together with all before
 * it. The records of a session are numbered; a transaction is safe when the number of its last record is.
 */
export class AckQueue {
  private readonly lastNumbers: number[] = [];
  private readonly endLsns: Lsn[] = [];
  private readonly commitTimes: number[] = [];
  private head = 0;
  private pushed = 0;
  private safe = 0;
  private openCommitTime: number | undefined;

  /** The number for the next record. */
  next(): number {
    return ++this.pushed;
  }

  begin(commitTimeMs: number): void {
    this.openCommitTime = commitTimeMs;
  }

  /** Completes the transaction; returns its end if that may be acknowledged immediately. */
  commit(endLsn: Lsn): Lsn | undefined {
    const commitTime = this.openCommitTime ?? wallClockMs();
    this.openCommitTime = undefined;
    if (this.isIdle) return endLsn;
    this.lastNumbers.push(this.pushed);
    this.endLsns.push(endLsn);
    this.commitTimes.push(commitTime);
    return undefined;
  }

  /** Marks all records up to this number as safe; returns the new position that may be acknowledged, if any. */
  acknowledged(upTo: number): Lsn | undefined {
    this.safe = upTo;
    let lsn: Lsn | undefined;
    while (this.head < this.lastNumbers.length && (this.lastNumbers[this.head] as number) <= upTo) lsn = this.endLsns[this.head++];
    if (this.head > 4096 || this.head === this.lastNumbers.length) this.compact();
    return lsn;
  }

  /** True if no transaction is open and nothing waits for the broker. */
  get isIdle(): boolean {
    return !this.isInTransaction && this.safe === this.pushed;
  }

  get isInTransaction(): boolean {
    return this.openCommitTime !== undefined;
  }

  /** The number of records that the broker has not acknowledged. */
  get unsafe(): number {
    return this.pushed - this.safe;
  }

  /** The commit time of the oldest transaction that is not safe. */
  get oldestCommitTime(): number | undefined {
    return this.commitTimes[this.head] ?? this.openCommitTime;
  }

  private compact(): void {
    this.lastNumbers.splice(0, this.head);
    this.endLsns.splice(0, this.head);
    this.commitTimes.splice(0, this.head);
    this.head = 0;
  }
}
