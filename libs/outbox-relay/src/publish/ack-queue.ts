import { wallClockMs } from '@ftgo/kernel';
import type { Lsn } from '../source/wal/lsn.js';

/**
 * Which position may be acknowledged: the end of the newest transaction such that it and all before it are safe. The
 * records of a session are numbered, so a transaction is safe when the number of its last record is.
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

  /** The transaction is complete; its end may be acknowledged at once when it is returned. */
  commit(endLsn: Lsn): Lsn | undefined {
    const commitTime = this.openCommitTime ?? wallClockMs();
    this.openCommitTime = undefined;
    if (this.isIdle) return endLsn;
    this.lastNumbers.push(this.pushed);
    this.endLsns.push(endLsn);
    this.commitTimes.push(commitTime);
    return undefined;
  }

  /** All records up to this number are safe; returns the position that may be acknowledged now, if there is a new one. */
  acknowledged(upTo: number): Lsn | undefined {
    this.safe = upTo;
    let lsn: Lsn | undefined;
    while (this.head < this.lastNumbers.length && (this.lastNumbers[this.head] as number) <= upTo) lsn = this.endLsns[this.head++];
    if (this.head > 4096 || this.head === this.lastNumbers.length) this.compact();
    return lsn;
  }

  /** No transaction is open and nothing waits for the broker. */
  get isIdle(): boolean {
    return !this.isInTransaction && this.safe === this.pushed;
  }

  get isInTransaction(): boolean {
    return this.openCommitTime !== undefined;
  }

  /** Records that the broker has not acknowledged. */
  get unsafe(): number {
    return this.pushed - this.safe;
  }

  /** When the oldest transaction that is not safe was committed. */
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
