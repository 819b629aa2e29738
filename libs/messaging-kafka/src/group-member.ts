import { assign, partitionKey, type TopicPartition } from '@ftgo/messaging/broker';
import {
  type API,
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  heartbeatV4,
  joinGroupV9,
  leaveGroupV4,
  offsetCommitV8,
  offsetFetchV7,
  syncGroupV5,
} from '@platformatic/kafka';
import type { Cluster } from './cluster.js';
import { code } from './codes.js';
import { codesOf } from './errors.js';
import { protocolName } from './group-protocol.js';
import type { Link } from './link.js';
import type { Settings } from './options.js';

/** The group has a new generation: join again. */
export class GenerationOver extends Error {
  constructor(readonly reason: 'rebalance' | 'lost') {
    super(reason === 'rebalance' ? 'the group is rebalancing' : "the group has reassigned this member's partitions");
    this.name = 'GenerationOver';
  }
}

/** The progress of a group on a partition, and the log it refers to. */
export interface Position {
  /** The next offset to be handled. */
  readonly offset: bigint;
  /** The leader epoch of the record before it; -1: unknown. */
  readonly leaderEpoch: number;
  /** The id of the topic that was read; undefined if the committer did not record it. */
  readonly topicId: string | undefined;
}

export interface PartitionOffset extends TopicPartition, Position {}

/** How long a join waits for the other members to finish their work. */
const rebalanceTimeoutMs = ({ drainTimeoutMs }: Settings): number => drainTimeoutMs + 4_000;

const protocolType = 'consumer';
const protocolVersion = 1;
/** The prefix of the topic's id in the metadata of a committed offset. */
const topicIdMark = 'topic-id=';

const answersOfCoordinator: ReadonlySet<number> = new Set([
  code.memberIdRequired,
  code.rebalanceInProgress,
  code.illegalGeneration,
  code.unknownMember,
  code.fencedInstance,
  code.unknownTopicOrPartition,
]);

/** A member of a consumer group in Kafka's classic group protocol: its requests to the coordinator. */
export class GroupMember {
  private memberId = '';
  private generation = -1;
  private coordinator: number | undefined;
  private link: Link | undefined;
  private owned: TopicPartition[] = [];
  /** The number of partitions per topic that the leader assigned; undefined if this member is not the leader. */
  private sharedOut: ReadonlyMap<string, number> | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly group: string,
    private readonly topics: readonly string[],
  ) {}

  /** Joins, or rejoins; resolves to the assigned partitions. */
  async join(): Promise<TopicPartition[]> {
    await this.cluster.refresh(this.topics);
    const joined = await this.sendJoin();
    this.memberId = joined.memberId;
    this.generation = joined.generationId;
    const leads = joined.leader === joined.memberId;
    const assignments = leads ? await this.shareOut(joined) : [];
    const { instanceId } = this.settings;
    const request = [this.group, this.generation, this.memberId, instanceId ?? null, protocolType, protocolName, assignments] as const;
    const { assignment } = await this.call(syncGroupV5.api, ...request);
    this.owned = assignment.length === 0 ? [] : flatten(decodeConsumerProtocolAssignment(assignment).assignedPartitions);
    return this.owned;
  }

  async heartbeat(): Promise<void> {
    await this.call(heartbeatV4.api, this.group, this.generation, this.memberId, this.settings.instanceId ?? null);
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, offset, leaderEpoch, topicId }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: topicId === undefined ? null : `${topicIdMark}${topicId}`,
      })),
    }));
    try {
      await this.call(offsetCommitV8.api, this.group, this.generation, this.memberId, this.settings.instanceId ?? null, topics);
    } catch (error) {
      // A deleted topic has no offsets; those of the other topics were accepted.
      const codes = codesOf(error);
      if (codes.length === 0 || codes.some((each) => each !== code.unknownTopicOrPartition)) throw error;
    }
  }

  /** The committed offsets of the group; partitions without a commit are omitted. */
  async committed(partitions: readonly TopicPartition[]): Promise<Map<string, Position>> {
    if (partitions.length === 0) return new Map();
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, of]) => ({
      name,
      partitionIndexes: of.map(({ partition }) => partition),
    }));
    const answer = await this.call(offsetFetchV7.api, [{ groupId: this.group, topics }], false);
    const found = new Map<string, Position>();
    for (const { name, partitions: ofTopic } of answer.topics) {
      for (const { partitionIndex, committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata } of ofTopic) {
        if (offset < 0n) continue;
        const topicId = metadata?.startsWith(topicIdMark) ? metadata.slice(topicIdMark.length) : undefined;
        found.set(partitionKey({ topic: name, partition: partitionIndex }), { offset, leaderEpoch, topicId });
      }
    }
    return found;
  }

  /** A static member is expected back, so it does not leave. */
  async leave(): Promise<void> {
    if (this.memberId === '' || this.settings.instanceId !== undefined) return;
    const memberId = this.memberId;
    this.memberId = '';
    await this.call(leaveGroupV4.api, this.group, [{ memberId, groupInstanceId: null }]);
  }

  /**
   * True if we lead the group and there are topics or partitions that were not assigned, or assigned ones that no longer exist.
   */
  async partitionsChanged(): Promise<boolean> {
    if (!this.sharedOut) return false;
    const shared = this.sharedOut;
    const topics = [...new Set([...this.topics, ...shared.keys()])];
    await this.cluster.refresh(topics);
    const existing = this.partitionsOf(topics);
    return topics.some((topic) => (existing.get(topic) ?? 0) !== (shared.get(topic) ?? 0));
  }

  /** Why some of the topics cannot be read, if Kafka denies access to them. */
  get problem(): string | undefined {
    const denied = this.cluster.denied(this.topics);
    return denied.length === 0 ? undefined : this.cluster.notPermitted(denied).message;
  }

  /** Looks for the coordinator again the next time. */
  disconnect(): void {
    if (this.link) this.cluster.release(this.link);
    this.link = undefined;
    this.coordinator = undefined;
  }

  private get settings() {
    return this.cluster.settings;
  }

  private async sendJoin(): Promise<joinGroupV9.JoinGroupResponse> {
    const { sessionTimeoutMs, instanceId } = this.settings;
    const owned = [...Map.groupBy(this.owned, ({ topic }) => topic)].map(([topic, of]) => ({
      topic,
      partitions: of.map(({ partition }) => partition),
    }));
    const metadata = encodeConsumerProtocolSubscription({ version: protocolVersion, topics: [...this.topics], ownedPartitions: owned });
    const protocols = [{ name: protocolName, metadata }];
    const send = () =>
      this.call(
        joinGroupV9.api,
        this.group,
        sessionTimeoutMs,
        rebalanceTimeoutMs(this.settings),
        this.memberId,
        instanceId ?? null,
        protocolType,
        protocols,
        null,
      );
    try {
      return await send();
    } catch (error) {
      const given = memberIdGiven(error);
      if (given === undefined) throw error;
      this.memberId = given;
      return send();
    }
  }

  private async shareOut({ members, skipAssignment }: joinGroupV9.JoinGroupResponse) {
    const decoded = members.map(({ memberId, metadata }) => {
      const { topics, ownedPartitions } = decodeConsumerProtocolSubscription(metadata);
      return { id: memberId, topics, owned: new Set(flatten(ownedPartitions).map(partitionKey)) };
    });
    const topics = [...new Set(decoded.flatMap((member) => member.topics))];
    await this.cluster.refresh(topics);
    const partitions = this.partitionsOf(topics);
    // Topics that do not exist yet count as having no partitions, so that their creation is noticed.
    this.sharedOut = new Map(topics.map((topic) => [topic, partitions.get(topic) ?? 0]));
    if (skipAssignment) return [];
    return [...assign(decoded, partitions)].map(([memberId, share]) => {
      const byTopic = [...Map.groupBy(share, ({ topic }) => topic)].map(([topic, of]) => ({
        topic,
        partitions: of.map(({ partition }) => partition),
      }));
      return { memberId, assignment: encodeConsumerProtocolAssignment({ version: protocolVersion, assignedPartitions: byTopic }) };
    });
  }

  private partitionsOf(topics: readonly string[]): Map<string, number> {
    const existing = [...new Set(topics)].map((topic) => [topic, this.cluster.topic(topic)?.leaders.length ?? 0] as const);
    return new Map(existing.filter(([, count]) => count > 0));
  }

  private async call<Arguments extends unknown[], Answer>(api: API<Arguments, Answer>, ...args: Arguments): Promise<Answer> {
    const { memberId, generation } = this;
    let link: Link | undefined;
    try {
      link = await this.linkToCoordinator();
      return await link.request(api, ...args);
    } catch (error) {
      // A late response says nothing about the current membership.
      const isLate = this.memberId !== memberId || this.generation !== generation;
      if (this.link === link) this.disconnectUnlessAnswered(error);
      throw isLate ? error : this.interpret(error);
    }
  }

  private async linkToCoordinator(): Promise<Link> {
    this.coordinator ??= await this.cluster.coordinator(this.group);
    this.link ??= this.cluster.link(this.coordinator, { requestTimeoutMs: rebalanceTimeoutMs(this.settings) + 4_000 });
    return this.link;
  }

  /** The coordinator may have changed, unless it has responded as such. */
  private disconnectUnlessAnswered(error: unknown): void {
    if (!codesOf(error).some((each) => answersOfCoordinator.has(each))) this.disconnect();
  }

  private interpret(error: unknown): unknown {
    const codes = codesOf(error);
    if (codes.includes(code.rebalanceInProgress)) return new GenerationOver('rebalance');
    if (codes.includes(code.illegalGeneration)) return this.forgetOwned(new GenerationOver('lost'));
    if (codes.includes(code.unknownMember) || codes.includes(code.fencedInstance)) {
      this.memberId = '';
      return this.forgetOwned(new GenerationOver('lost'));
    }
    return error;
  }

  private forgetOwned<E>(error: E): E {
    this.owned = [];
    return error;
  }
}

const flatten = (assignments: readonly { topic: string; partitions: number[] }[]): TopicPartition[] =>
  assignments.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));

function memberIdGiven(error: unknown): string | undefined {
  if (!codesOf(error).includes(code.memberIdRequired)) return undefined;
  const [first] = (error as AggregateError).errors as { memberId?: string }[];
  return first?.memberId;
}
