import { within } from '../backoff.js';
import {
  type AssignedPartition,
  defaultLargestRecordBytes,
  type PartitionProgress,
  type ReceivedRecord,
  type SubscribeOptions,
  type Subscription,
} from '../broker.js';
import { PartitionWorker } from '../partition-worker.js';
import { assign, partitionKey } from '../partitions.js';

type Logs = ReadonlyMap<string, readonly (readonly ReceivedRecord[])[]>;

interface Member {
  readonly id: string;
  readonly options: SubscribeOptions;
  readonly workers: Map<string, PartitionWorker>;
  /** Abandoned handlers that have not returned; the member does not handle their partition again until they do. */
  readonly lingering: Map<string, Promise<void>>;
  assigned: readonly AssignedPartition[];
}

/** The members of a consumer group, and its progress. */
export class MemoryGroup {
  private readonly members = new Set<Member>();
  private readonly committed = new Map<string, number>();
  private joined = 0;
  private rebalancing: Promise<void> = Promise.resolve();

  constructor(
    private readonly logs: Logs,
    private readonly drainTimeoutMs: number,
  ) {}

  /** A new member; it gets partitions when they are reassigned. */
  join(options: SubscribeOptions, onClosed: () => void): Subscription {
    const member: Member = { id: `member-${++this.joined}`, options, workers: new Map(), lingering: new Map(), assigned: [] };
    this.members.add(member);
    return new MemorySubscription(this, member, onClosed);
  }

  async leave(member: Member): Promise<void> {
    this.members.delete(member);
    await Promise.all([...member.workers.keys()].map((key) => this.take(member, key)));
    await this.rebalance();
  }

  wake(): void {
    for (const { workers } of this.members) for (const worker of workers.values()) worker.wake();
  }

  /** Reassigns partitions; those that stay with their member continue undisturbed. */
  rebalance(): Promise<void> {
    this.rebalancing = this.rebalancing.then(() => this.shareOut());
    return this.rebalancing;
  }

  isMember(member: Member): boolean {
    return this.members.has(member);
  }

  caughtUp({ assigned }: Member, topics: readonly string[] | undefined): boolean {
    const concerned = assigned.filter(({ topic }) => topics?.includes(topic) ?? true);
    return concerned.every((partition) => this.positionOf(partitionKey(partition)) >= this.logOf(partition).length);
  }

  progress({ assigned }: Member): PartitionProgress[] {
    return assigned.map((partition) => ({
      ...partition,
      behind: this.logOf(partition).length - this.positionOf(partitionKey(partition)),
      waitedMs: 0,
    }));
  }

  private async shareOut(): Promise<void> {
    const members = [...this.members].map(({ id, options, workers }) => ({ id, topics: options.topics, owned: new Set(workers.keys()) }));
    const shares = assign(members, new Map([...this.logs].map(([topic, partitions]) => [topic, partitions.length])));
    const lost = [...this.members].flatMap((member) => {
      const kept = new Set(shares.get(member.id)?.map(partitionKey));
      return [...member.workers.keys()].filter((key) => !kept.has(key)).map((key) => this.take(member, key));
    });
    await Promise.all(lost);
    for (const member of this.members) {
      member.assigned = shares.get(member.id) ?? [];
      for (const partition of member.assigned) this.give(member, partition);
    }
  }

  private give(member: Member, { topic, partition }: AssignedPartition): void {
    const key = partitionKey({ topic, partition });
    if (member.workers.has(key)) return;
    const worker = new PartitionWorker({
      topic,
      partition,
      maxBatch: member.options.maxBatch,
      handler: async (batch) => {
        await member.lingering.get(key);
        batch.signal.throwIfAborted();
        return member.options.handler(batch);
      },
      take: (max) => {
        const from = this.positionOf(key);
        const limit = member.options.largestRecordBytes?.(topic) ?? defaultLargestRecordBytes;
        return this.logOf({ topic, partition })
          .slice(from, from + max)
          .map((record) => withinLimit(record, limit));
      },
      handled: (records) => {
        // An abandoned handler commits nothing: its partition may belong to another member.
        if (member.workers.get(key) === worker) this.committed.set(key, this.positionOf(key) + records.length);
      },
      onProblem: () => undefined,
    });
    member.workers.set(key, worker);
    worker.wake();
  }

  private async take(member: Member, key: string): Promise<void> {
    const stopped = this.letGo(member, key);
    member.lingering.set(key, stopped);
    await within(this.drainTimeoutMs, stopped);
    member.workers.delete(key);
  }

  private async letGo({ workers, lingering }: Member, key: string): Promise<void> {
    const before = lingering.get(key);
    await workers.get(key)?.stop();
    await before;
    lingering.delete(key);
  }

  private positionOf(key: string): number {
    return this.committed.get(key) ?? 0;
  }

  private logOf({ topic, partition }: AssignedPartition): readonly ReceivedRecord[] {
    return this.logs.get(topic)?.[partition] ?? [];
  }
}

function withinLimit(record: ReceivedRecord, limit: number): ReceivedRecord {
  const headerBytes = [...record.headers].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes;
  if (bytes <= limit) return record;
  return { ...record, value: undefined, leftInLog: { bytes, reason: `the record has ${bytes} bytes; the limit is ${limit}` } };
}

class MemorySubscription implements Subscription {
  private closing: Promise<void> | undefined;

  constructor(
    private readonly group: MemoryGroup,
    private readonly member: Member,
    private readonly onClosed: () => void,
  ) {}

  get connected(): boolean {
    return this.group.isMember(this.member);
  }

  get assigned(): readonly AssignedPartition[] {
    return this.connected ? this.member.assigned : [];
  }

  get progress(): readonly PartitionProgress[] {
    return this.connected ? this.group.progress(this.member) : [];
  }

  caughtUp(topics?: readonly string[]): boolean {
    return this.connected && this.group.caughtUp(this.member, topics);
  }

  close(): Promise<void> {
    this.closing ??= this.group.leave(this.member).then(this.onClosed);
    return this.closing;
  }
}
