import { assign, partitionKey } from '@ftgo/messaging/broker';
import { type Connection, notificationChannel, type Query } from './connection.js';
import * as sql from './group-sql.js';

export interface GroupMemberOptions {
  readonly connection: Connection;
  readonly group: string;
  readonly id: string;
  readonly topics: readonly string[];
  readonly leaseMs: number;
}

/** A partition, and the generation since which a member owns it. */
export interface Ownership {
  readonly topic: string;
  readonly topicId: number;
  readonly partition: number;
  readonly generation: number;
}

/** The position of the group in a partition. */
export interface Committed extends Ownership {
  readonly nextOffset: number;
  /** Whether the group has ever committed a position here. */
  readonly hasPlace: boolean;
}

export interface Shares {
  /** The partitions that this member owns. */
  readonly owned: readonly Committed[];
  /** Keys of the partitions to be released. */
  readonly toRelease: ReadonlySet<string>;
  /** The topics of the group that exist. */
  readonly topicIds: ReadonlySet<number>;
}

export interface OffsetToCommit extends Ownership {
  readonly nextOffset: number;
}

/** The groups' notification. */
export const changed = (group: string): string => `changed ${group}`;

interface PartitionRow {
  readonly topic: string;
  readonly topicId: number;
  readonly partition: number;
  readonly owner: string | null;
  readonly generation: string | null;
  readonly nextOffset: string | null;
  readonly hasPlace: boolean | null;
}

/**
 * A member of a consumer group. Members and their partitions are rows; every change is made under the lock of the group's row.
 * Each member computes the assignment of all from the same rows, and takes those of its partitions that have no owner, so there
 * is no coordinator.
 */
export class GroupMember {
  private generation: number | undefined;
  private topicIds = '';

  constructor(private readonly options: GroupMemberOptions) {}

  /** Renews the lease. False if partitions must be reassigned: this member may be new, or another one may have disappeared. */
  async beat(): Promise<boolean> {
    const { connection, group, id, topics, leaseMs } = this.options;
    const [row] = await connection.query(sql.beat, [group, id, leaseMs, topics]);
    const [isMember, generation, isOneExpired, topicIds] = row as [boolean, string | null, boolean, string];
    return isMember && !isOneExpired && Number(generation) === this.generation && topicIds === this.topicIds;
  }

  /** This member's knowledge may be outdated: the server may have lost its last transactions, or others have taken over. */
  distrust(): void {
    this.generation = undefined;
  }

  /** Joins if necessary, releases `done`, and takes free partitions up to this member's share. */
  async share(done: readonly OffsetToCommit[]): Promise<Shares> {
    const { shares, generation, topicIds } = await this.options.connection.transaction((query) => this.shareOut(query, done));
    // Not before the commit: other members may get the same generation.
    this.generation = generation;
    this.topicIds = topicIds;
    return shares;
  }

  /** Commits the positions of partitions; returns the keys of those that this member still owns. The others are rejected. */
  async commit(offsets: readonly OffsetToCommit[]): Promise<ReadonlySet<string>> {
    const { connection, group, id } = this.options;
    const rows = (await connection.query(sql.commit, [group, id, ...columnsOf(offsets)])) as [topicId: number, partition: number][];
    const committed = new Set(rows.map(([topicId, partition]) => `${topicId}/${partition}`));
    return new Set(offsets.filter(({ topicId, partition }) => committed.has(`${topicId}/${partition}`)).map(partitionKey));
  }

  /** Commits, and releases everything. */
  async leave(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { connection, group, id } = this.options;
    await connection.transaction(async (query) => {
      const next = await this.lockGroup(query);
      await query(sql.commit, [group, id, ...columnsOf(offsets)]);
      await query(sql.leave, [group, id]);
      await query(sql.releaseOfAbsent, [group]);
      await this.announce(query, next);
    });
  }

  private async shareOut(query: Query, done: readonly OffsetToCommit[]) {
    const next = await this.lockGroup(query);
    const haveMembersChanged = await this.updateMembers(query, done);
    // Before the partitions are read, so that a topic created in between is noticed at the next heartbeat.
    const [ids] = await query(sql.topicIds, [this.options.topics]);
    const members = await this.members(query);
    const partitions = await this.partitions(query, [...new Set(members.flatMap(({ topics }) => topics))]);
    const share = this.shareOf(members, partitions);
    const isInShare = (partition: PartitionRow) => share.has(partitionKey(partition));
    const free = partitions.filter((partition) => partition.owner === null && isInShare(partition));
    await this.take(query, free, next);
    const isChanged = haveMembersChanged || free.length > 0;
    if (isChanged) await this.announce(query, next);
    const had = partitions.filter(({ owner }) => owner === this.options.id);
    const taken = free.map((partition) => ({ ...partition, generation: String(next) }));
    const toRelease = new Set(had.filter((partition) => !isInShare(partition)).map(partitionKey));
    const existing = new Set(partitions.map(({ topicId }) => topicId));
    const shares: Shares = { owned: [...had, ...taken].map(committedOf), toRelease, topicIds: existing };
    return { shares, generation: isChanged ? next : next - 1, topicIds: ids?.[0] as string };
  }

  /** Resolves to the generation of the next change. */
  private async lockGroup(query: Query): Promise<number> {
    const { group } = this.options;
    const [locked] = await query(sql.lockGroup, [group]);
    if (locked) return Number(locked[0]) + 1;
    await query(sql.createGroup, [group]);
    return this.lockGroup(query);
  }

  private async updateMembers(query: Query, done: readonly OffsetToCommit[]): Promise<boolean> {
    const { group, id, topics, leaseMs } = this.options;
    const columns = columnsOf(done);
    if (done.length > 0) await query(sql.commit, [group, id, ...columns]);
    const released = done.length > 0 ? await query(sql.release, [group, id, ...columns.slice(0, 3)]) : [];
    const expired = await query(sql.expel, [group, id]);
    const [joined] = await query(sql.join, [group, id, topics, leaseMs]);
    const freed = await query(sql.releaseOfAbsent, [group]);
    return joined?.[0] === true || released.length + expired.length + freed.length > 0;
  }

  private async members(query: Query): Promise<{ id: string; topics: string[] }[]> {
    const rows = (await query(sql.members, [this.options.group])) as [id: string, topics: string[]][];
    return rows.map(([id, topics]) => ({ id, topics }));
  }

  private async partitions(query: Query, topics: readonly string[]): Promise<PartitionRow[]> {
    const rows = await query(sql.partitions, [this.options.group, topics]);
    return rows.map(([topic, topicId, partition, owner, generation, nextOffset, hasPlace]) => {
      return { topic, topicId, partition, owner, generation, nextOffset, hasPlace } as PartitionRow;
    });
  }

  private shareOf(members: readonly { id: string; topics: string[] }[], partitions: readonly PartitionRow[]): Set<string> {
    const owned = Map.groupBy(partitions, ({ owner }) => owner);
    const counts = new Map([...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => [topic, of.length]));
    const asked = members.map((member) => ({ ...member, owned: new Set((owned.get(member.id) ?? []).map(partitionKey)) }));
    return new Set(assign(asked, counts).get(this.options.id)?.map(partitionKey));
  }

  private async take(query: Query, free: readonly PartitionRow[], generation: number): Promise<void> {
    if (free.length === 0) return;
    const { group, id } = this.options;
    await query(sql.take, [group, id, free.map(({ topicId }) => topicId), free.map(({ partition }) => partition), generation]);
  }

  private async announce(query: Query, generation: number): Promise<void> {
    await query(sql.nextGeneration, [this.options.group, generation, notificationChannel, changed(this.options.group)]);
  }
}

const columnsOf = (offsets: readonly OffsetToCommit[]) => [
  offsets.map(({ topicId }) => topicId),
  offsets.map(({ partition }) => partition),
  offsets.map(({ generation }) => generation),
  offsets.map(({ nextOffset }) => nextOffset),
];

const committedOf = ({ topic, topicId, partition, generation, nextOffset, hasPlace }: PartitionRow): Committed => ({
  topic,
  topicId,
  partition,
  generation: Number(generation),
  nextOffset: Number(nextOffset ?? 0),
  hasPlace: hasPlace === true,
});
