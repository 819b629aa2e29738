import { randomUUID } from 'node:crypto';
import {
  type AssignedPartition,
  backoffMs,
  diagnostics,
  type PartitionProgress,
  pause,
  type SubscribeOptions,
  type Subscription,
  within,
} from '@ftgo/messaging/broker';
import { Assignment } from './assignment.js';
import { Bell } from './bell.js';
import { Connection } from './connection.js';
import { fetchRecords } from './fetch.js';
import { changed, GroupMember } from './group-member.js';
import type { Settings } from './options.js';

const beatsPerLease = 6;
const pollMs = 1_000;
/** At most one commit per interval; a crash causes no more than this to be redelivered. */
const commitMs = 50;
const firstPauseMs = 20;
const longestPauseMs = 1_000;
/** How long a statement may continue when the subscription closes. */
const lastStatementMs = 300;
const leaveMs = 1_000;

/**
 * A member of a group: sends heartbeats, commits and fetches one after the other on one connection, for as long as it takes.
 * Records whose committed offsets a crashing server loses are redelivered, so commits do not wait for the disk.
 */
export class PostgresSubscription implements Subscription {
  private isServed = false;
  private readonly closing = new AbortController();
  private readonly bell = new Bell();
  private readonly connection: Connection;
  private readonly member: GroupMember;
  private readonly assignment: Assignment;
  private readonly running: Promise<void>;
  private leasedUntil = Number.NEGATIVE_INFINITY;
  private beatAt = 0;
  private commitAt = 0;
  private pollAt = 0;

  constructor(
    private readonly settings: Settings,
    private readonly options: SubscribeOptions,
    private readonly onClosed: () => void,
  ) {
    const { url, clientId, sessionTimeoutMs: leaseMs, drainTimeoutMs } = settings;
    const { group, topics } = options;
    this.connection = new Connection({
      url,
      applicationName: `${clientId} (${group})`,
      settings: ['synchronous_commit=off'],
      onNotification: (payload) => this.notified(payload),
      onLost: () => this.lostConnection(),
    });
    this.member = new GroupMember({ connection: this.connection, group, id: `${clientId} ${randomUUID()}`, topics, leaseMs });
    this.assignment = new Assignment({
      subscribe: options,
      drainTimeoutMs,
      isLeased: () => this.isLeased,
      onChange: () => this.bell.ring(),
      onProblem: (what, error) => this.report(what, error),
    });
    this.running = this.run();
  }

  get connected(): boolean {
    return this.isServed && this.isLeased;
  }

  get assigned(): readonly AssignedPartition[] {
    return this.assignment.partitions;
  }

  get progress(): readonly PartitionProgress[] {
    return this.assignment.progress;
  }

  caughtUp(topics?: readonly string[]): boolean {
    return this.connected && this.assignment.caughtUp(topics);
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.bell.ring();
    await this.running;
    this.onClosed();
  }

  private get isLeased(): boolean {
    return performance.now() < this.leasedUntil;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    const serving = this.serve();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const isServed = serving.then(() => true);
    const isStuck = !(await Promise.race([isServed, pause(lastStatementMs, new AbortController().signal)]));
    if (isStuck) this.connection.abandon();
    await serving;
    await this.assignment.drain();
    await within(leaveMs, this.leave());
    this.isServed = false;
    this.assignment.loseAll();
    await this.connection.close();
  }

  private async serve(): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.step();
        failures = 0;
        if (!this.assignment.hasMore) await this.bell.wait(this.untilDue());
      } catch (error) {
        this.isServed = false;
        if (!this.isLeased) this.assignment.loseAll();
        this.report(`cannot serve group ${this.options.group}`, error as Error);
        this.shareSoon();
        await pause(backoffMs(failures++, firstPauseMs, longestPauseMs), signal);
      }
    }
  }

  private async step(): Promise<void> {
    if (performance.now() >= this.beatAt || this.assignment.released.length > 0) await this.beat();
    if (performance.now() >= this.commitAt) await this.commit();
    await this.fetch();
  }

  private async beat(): Promise<void> {
    const startedAt = performance.now();
    const { released } = this.assignment;
    if (released.length > 0 || startedAt > this.leasedUntil || !(await this.member.beat())) {
      this.assignment.apply(await this.member.share(released));
      this.pollAt = 0;
    }
    const { sessionTimeoutMs } = this.settings;
    const wasLeased = startedAt < this.leasedUntil;
    this.leasedUntil = startedAt + sessionTimeoutMs;
    this.beatAt = startedAt + sessionTimeoutMs / beatsPerLease;
    if (!wasLeased) this.assignment.wake();
    this.isServed = true;
  }

  private async commit(): Promise<void> {
    const { toCommit } = this.assignment;
    if (toCommit.length === 0) return;
    this.commitAt = performance.now() + commitMs;
    const accepted = await this.member.commit(toCommit);
    if (this.assignment.committed(toCommit, accepted)) this.shareSoon();
    for (const { topic, partition, nextOffset } of toCommit)
      diagnostics.offsetCommitted.publish({ group: this.options.group, topic, partition, offset: BigInt(nextOffset) });
  }

  private async fetch(): Promise<void> {
    const isPoll = performance.now() >= this.pollAt;
    const wanted = this.assignment.wanted(isPoll);
    if (isPoll) this.pollAt = performance.now() + pollMs;
    if (wanted.length === 0) return;
    const found = await fetchRecords(this.connection, wanted);
    if (!this.assignment.received(wanted, found)) this.shareSoon();
  }

  /** How long there is nothing to do, unless the bell rings. */
  private untilDue(): number {
    const commitAt = this.assignment.toCommit.length > 0 ? this.commitAt : Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(this.beatAt, this.pollAt, commitAt) - performance.now());
  }

  private notified(payload: string): void {
    if (payload === changed(this.options.group)) this.beatAt = 0;
    else if (this.concerns(payload)) this.pollAt = 0;
    else return;
    this.bell.ring();
  }

  private concerns(payload: string): boolean {
    const [what, topics = ''] = payload.split(' ');
    if (what !== 'appended') return false;
    return topics === '' || this.assignment.reads(new Set(topics.split(',').map(Number)));
  }

  private lostConnection(): void {
    this.isServed = false;
    this.assignment.lostSight();
    this.shareSoon();
    this.bell.ring();
  }

  private shareSoon(): void {
    this.member.distrust();
    this.beatAt = 0;
  }

  private async leave(): Promise<void> {
    try {
      await this.member.leave(this.assignment.offsets);
    } catch (error) {
      this.settings.onProblem(`leaving group ${this.options.group} failed; its records will be redelivered`, error as Error);
    }
  }

  private report(what: string, error: Error): void {
    if (!this.closing.signal.aborted) this.settings.onProblem(what, error);
  }
}
