import type { AssignedPartition, PartitionProgress } from '../broker/broker.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import { classify, InboxFailed } from './errors.js';

/**
 * Why a partition, or other work that must not stop, waits. `inbox`: our own tables fail; `stalled`: nothing fails, but nothing
 * ends.
 */
export type WaitReason = 'database' | 'inbox' | 'stalled';

export interface Waiting {
  /** The partition, `topic/partition`. */
  readonly what: string;
  readonly reason: WaitReason;
  readonly detail: string;
}

interface Work {
  /** When it last committed something, or had nothing to do. */
  movedAt: number;
  isRunning: boolean;
  /** The end of the last piece of work. */
  last: Promise<unknown>;
}

/** A handler may wait for a lock or a slow dependency; beyond this an operator should investigate. */
const stalledAfterMs = 30_000;

/** Runs the work of each partition in sequence, and knows which partitions are neither handled nor dead-lettered, and why. */
export class PartitionWatch {
  private readonly partitions = new Map<string, Work>();
  private readonly failures = new Map<string, Waiting>();

  constructor(
    private readonly logger: MessagingLogger,
    private readonly stalledMs = stalledAfterMs,
  ) {}

  /** Runs a piece of a partition's work after the previous ones have ended. */
  async inTurn<T>(partition: AssignedPartition, work: () => Promise<T>): Promise<T> {
    const name = nameOf(partition);
    const known = this.partitions.get(name) ?? { movedAt: 0, isRunning: false, last: Promise.resolve() };
    this.partitions.set(name, known);
    const watched = () => during(known, work);
    const mine = known.last.then(watched, watched);
    known.last = mine;
    return mine;
  }

  /** The partition has committed something. */
  moved(partition: AssignedPartition): void {
    const known = this.partitions.get(nameOf(partition));
    if (known) known.movedAt = performance.now();
  }

  /** Logs what waits, if that has changed. */
  failed(what: string, error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    if (this.failures.get(what)?.detail === detail) return;
    const reason = isOutage(error) ? 'database' : 'inbox';
    this.failures.set(what, { what, reason, detail });
    const details = { partition: what, reason: detail };
    if (reason === 'inbox') this.logger.error('inbox failed; no message is handled or dead-lettered until it works again', details);
    else this.logger.warn('consuming waits for the database', details);
  }

  recovered(what: string): void {
    this.failures.delete(what);
  }

  /** Of the work whose name begins with `prefix`, only this continues in this process. */
  keepOnly(prefix: string, stillFailing: ReadonlySet<string>): void {
    for (const what of this.failures.keys()) if (what.startsWith(prefix) && !stillFailing.has(what)) this.failures.delete(what);
  }

  get isFailing(): boolean {
    return this.failures.size > 0;
  }

  /** Everything that waits, given the lag of the partitions. */
  waiting(progress: readonly PartitionProgress[]): Waiting[] {
    return [...this.failures.values(), ...this.stalled(progress).filter(({ what }) => !this.failures.has(what))];
  }

  private stalled(progress: readonly PartitionProgress[]): Waiting[] {
    const fetched = new Map(progress.map((each) => [nameOf(each), each.waitedMs]));
    const detail = `nothing has been handled or dead-lettered for more than ${this.stalledMs / 1_000} s`;
    const now = performance.now();
    const isStalled = (what: string) => {
      const { movedAt = Number.NEGATIVE_INFINITY, isRunning = false } = this.partitions.get(what) ?? {};
      const hasWork = isRunning || (fetched.get(what) ?? 0) > this.stalledMs;
      return hasWork && now - movedAt > this.stalledMs;
    };
    const all = new Set([...fetched.keys(), ...this.partitions.keys()]);
    return [...all].filter(isStalled).map((what) => ({ what, reason: 'stalled', detail }));
  }
}

/** The name of a partition in logs and problems. */
export const nameOf = ({ topic, partition }: AssignedPartition): string => `${topic}/${partition}`;

async function during<T>(known: Work, work: () => Promise<T>): Promise<T> {
  known.isRunning = true;
  known.movedAt = performance.now();
  try {
    return await work();
  } finally {
    known.isRunning = false;
    known.movedAt = performance.now();
  }
}

/** An error caused by a message leads to dead-lettering; any other error here comes from dead-lettering itself. */
const isOutage = (error: unknown): boolean => !(error instanceof InboxFailed) && classify(error) !== 'fault';
