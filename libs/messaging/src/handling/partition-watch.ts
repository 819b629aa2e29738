import type { PartitionProgress } from '../broker/broker.js';
import { classify, InboxFailed } from './errors.js';

/** Why a partition, or something else that must not stop, waits. `inbox`: our own tables fail; `stalled`: nothing fails, and nothing ends. */
export type WaitReason = 'database' | 'inbox' | 'stalled';

export interface Waiting {
  /** The partition, `topic/partition`. */
  readonly what: string;
  readonly reason: WaitReason;
  readonly detail: string;
}

interface Lane {
  /** When something of it was last committed, or when it had nothing to do. */
  movedAt: number;
  inHand: number;
}

/** A handler may wait for a lock or a slow dependency; beyond this somebody should look. */
const stalledAfterMs = 30_000;

/** Knows which partitions are neither handled nor dead-lettered, and why. */
export class PartitionWatch {
  private readonly lanes = new Map<string, Lane>();
  private readonly failures = new Map<string, Waiting>();

  constructor(private readonly stalledMs = stalledAfterMs) {}

  /** Runs the work of a lane, and knows how long it has been running. */
  async during<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const known = this.lanes.get(lane) ?? { movedAt: 0, inHand: 0 };
    this.lanes.set(lane, known);
    if (known.inHand++ === 0) known.movedAt = performance.now();
    try {
      return await work();
    } finally {
      known.inHand--;
      known.movedAt = performance.now();
    }
  }

  /** Something of the lane was committed. */
  moved(lane: string): void {
    const known = this.lanes.get(lane);
    if (known) known.movedAt = performance.now();
  }

  /** Returns what waits now, when that is news. */
  failed(what: string, error: unknown): Waiting | undefined {
    const detail = error instanceof Error ? error.message : String(error);
    if (this.failures.get(what)?.detail === detail) return undefined;
    const waiting: Waiting = { what, reason: isOutage(error) ? 'database' : 'inbox', detail };
    this.failures.set(what, waiting);
    return waiting;
  }

  recovered(what: string): void {
    this.failures.delete(what);
  }

  /** Of what begins with `prefix`, only this still goes on here. */
  keepOnly(prefix: string, goesOn: ReadonlySet<string>): void {
    for (const what of this.failures.keys()) if (what.startsWith(prefix) && !goesOn.has(what)) this.failures.delete(what);
  }

  get isFailing(): boolean {
    return this.failures.size > 0;
  }

  /** Everything that waits, given what has been fetched for the partitions. */
  waiting(progress: readonly PartitionProgress[]): Waiting[] {
    return [...this.failures.values(), ...this.stalled(progress).filter(({ what }) => !this.failures.has(what))];
  }

  private stalled(progress: readonly PartitionProgress[]): Waiting[] {
    const fetched = new Map(progress.map(({ topic, partition, waitedMs }) => [`${topic}/${partition}`, waitedMs]));
    const detail = `nothing was handled or dead-lettered for more than ${this.stalledMs / 1_000} s`;
    const now = performance.now();
    const isStalled = (what: string) => {
      const { movedAt = Number.NEGATIVE_INFINITY, inHand = 0 } = this.lanes.get(what) ?? {};
      const hasWork = inHand > 0 || (fetched.get(what) ?? 0) > this.stalledMs;
      return hasWork && now - movedAt > this.stalledMs;
    };
    const all = new Set([...fetched.keys(), ...this.lanes.keys()]);
    return [...all].filter(isStalled).map((what) => ({ what, reason: 'stalled', detail }));
  }
}

/** What is a message's own is dead-lettered; an error of another kind that comes so far is one of dead-lettering itself. */
const isOutage = (error: unknown): boolean => !(error instanceof InboxFailed) && classify(error) !== 'fault';
