import {
  AccessDenied,
  type AssignedPartition,
  aborted,
  backoffMs,
  type PartitionProgress,
  pause,
  type SubscribeOptions,
  type Subscription,
  within,
} from '@ftgo/messaging/broker';
import { Assignment } from './assignment.js';
import type { Cluster } from './cluster.js';
import { GenerationOver, GroupMember } from './group-member.js';

const heartbeatMs = 500;
const partitionCheckMs = 2_000;
const firstPauseMs = 20;
const longestPauseMs = 1_000;
const leaveMs = 400;
const lastBeatMs = 100;

/** Joins a group, serves its assigned partitions, and rejoins whenever necessary, for as long as it takes. */
export class KafkaSubscription implements Subscription {
  private isConnected = false;
  private denial: string | undefined;
  assigned: readonly AssignedPartition[] = [];
  private readonly closing = new AbortController();
  private readonly member: GroupMember;
  private readonly lingering = new Map<string, Promise<void>>();
  private readonly running: Promise<void>;
  private assignment: Assignment | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly options: SubscribeOptions,
    private readonly onClosed: () => void,
  ) {
    this.member = new GroupMember(cluster, options.group, options.topics);
    this.running = this.run();
  }

  get connected(): boolean {
    return this.isConnected && this.problem === undefined;
  }

  get problem(): string | undefined {
    return this.denial ?? this.assignment?.problem ?? this.member.problem;
  }

  caughtUp(topics?: readonly string[]): boolean {
    return this.connected && this.assignment?.caughtUp(topics) === true;
  }

  get progress(): readonly PartitionProgress[] {
    return this.assignment?.progress ?? [];
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
    this.onClosed();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const partitions = await this.join();
        if (!partitions) break;
        failures = 0;
        this.denial = undefined;
        await this.serve(partitions);
      } catch (error) {
        this.isConnected = false;
        if (!(error instanceof GenerationOver)) this.failed(`cannot join group ${this.options.group}`, error as Error);
        await pause(backoffMs(failures++, firstPauseMs, longestPauseMs), signal);
      }
    }
    this.isConnected = false;
    await within(leaveMs, this.member.leave());
    this.member.disconnect();
  }

  /** A join waits for the other members; closing does not. */
  private async join(): Promise<AssignedPartition[] | undefined> {
    const joining = this.member.join();
    const joined = await Promise.race([joining, aborted(this.closing.signal)]);
    if (joined) return joined;
    this.member.disconnect();
    joining.catch(() => undefined);
    return undefined;
  }

  /** Until the generation ends or the subscription closes. */
  private async serve(partitions: readonly AssignedPartition[]): Promise<void> {
    const over = new AbortController();
    let end: GenerationOver | undefined;
    const onOver = (reason: GenerationOver) => {
      end ??= reason;
      over.abort();
    };
    const { cluster, member, options, lingering } = this;
    const onProblem = (what: string, error: Error) => this.report(what, error);
    const assignment = await Assignment.begin({ cluster, member, subscribe: options, partitions, lingering, onOver, onProblem });
    this.assignment = assignment;
    this.assigned = partitions;
    const stop = AbortSignal.any([over.signal, this.closing.signal]);
    const beating = this.beat(stop, onOver);
    await aborted(stop);
    // Heartbeats continue while the last work is finished; otherwise the group would not wait for it.
    const draining = new AbortController();
    const beatingOn = this.beat(draining.signal, () => undefined);
    await assignment.end(cluster.settings.drainTimeoutMs, end?.reason !== 'lost');
    draining.abort();
    await within(lastBeatMs, Promise.all([beating, beatingOn]));
    this.assignment = undefined;
    this.assigned = [];
  }

  private async beat(stop: AbortSignal, onOver: (over: GenerationOver) => void): Promise<void> {
    const { sessionTimeoutMs } = this.cluster.settings;
    let lastHeartbeatAt = performance.now();
    let checkedAt = performance.now();
    const checkPartitions = async () => {
      if (await this.member.partitionsChanged()) onOver(new GenerationOver('rebalance'));
    };
    while (!stop.aborted) {
      try {
        await this.heartbeat(sessionTimeoutMs);
        lastHeartbeatAt = performance.now();
        this.denial = undefined;
        this.isConnected = this.assignment?.connected === true;
        if (performance.now() - checkedAt > partitionCheckMs) {
          checkedAt = performance.now();
          // Heartbeats do not wait for it, since the brokers asked may be silent.
          checkPartitions().catch((error: Error) => this.report('cannot get the partitions of a group', error));
        }
      } catch (error) {
        if (error instanceof GenerationOver) return onOver(error);
        this.isConnected = false;
        this.failed(`the coordinator of group ${this.options.group} does not respond`, error as Error);
        // Our partitions may have been reassigned.
        if (performance.now() - lastHeartbeatAt > sessionTimeoutMs) return onOver(new GenerationOver('lost'));
      }
      await pause(heartbeatMs, stop);
    }
  }

  /** A coordinator that has been silent for this long has reassigned our partitions: its connection is dropped. */
  private async heartbeat(patienceMs: number): Promise<void> {
    const silent = setTimeout(() => this.member.disconnect(), patienceMs);
    try {
      await this.member.heartbeat();
    } finally {
      clearTimeout(silent);
    }
  }

  /** A request to Kafka has failed. */
  private failed(what: string, error: Error): void {
    const failure = this.cluster.failure(what, error);
    this.denial = failure instanceof AccessDenied ? failure.message : undefined;
    this.report(what, error);
  }

  private report(what: string, error: Error): void {
    if (!this.closing.signal.aborted) this.cluster.settings.onProblem(what, error);
  }
}
