import {
  AccessDenied,
  type AssignedPartition,
  aborted,
  backoffMs,
  type PartitionProgress,
  pause,
  type SubscribeOptions,
  type Subscription,
} from '@ftgo/messaging/broker';
import { failureOf } from '../access.js';
import type { Control } from './control.js';
import { Member } from './member.js';
import type { Settings } from './options.js';

const pollMs = 2_000;
const firstPauseMs = 20;
const longestPauseMs = 1_000;

/** Joins a group, serves its assigned partitions, and starts over whenever necessary, for as long as it takes. */
export class KafkaJsSubscription implements Subscription {
  private readonly closing = new AbortController();
  private readonly lingering = new Map<string, Promise<void>>();
  private readonly running: Promise<void>;
  private member: Member | undefined;
  /** Why some of the topics cannot be read. */
  private topicsDenied: string | undefined;
  /** Why the group cannot be joined. */
  private groupDenied: string | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly control: Control,
    private readonly options: SubscribeOptions,
    private readonly onClosed: () => void,
  ) {
    this.running = this.run();
  }

  get connected(): boolean {
    return this.member?.connected === true && this.topicsDenied === undefined;
  }

  get problem(): string | undefined {
    return this.topicsDenied ?? (this.member?.connected ? undefined : this.groupDenied);
  }

  get assigned(): readonly AssignedPartition[] {
    return this.member?.current?.partitions ?? [];
  }

  get progress(): readonly PartitionProgress[] {
    return this.member?.current?.progress ?? [];
  }

  caughtUp(topics?: readonly string[]): boolean {
    return this.connected && this.member?.current?.caughtUp(topics) === true;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
    this.onClosed();
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted; ) {
      const startedAt = performance.now();
      try {
        const topics = await Promise.race([this.existing(), aborted(signal)]);
        if (topics) await this.serve(topics);
        failures = 0;
      } catch (error) {
        this.note(error as Error);
        this.report(`restarting the member of group ${this.options.group}`, error as Error);
        if (performance.now() - startedAt > this.settings.sessionTimeoutMs) failures = 0;
        await pause(backoffMs(failures++, firstPauseMs, longestPauseMs), signal);
      }
    }
  }

  /** kafkajs subscribes to nothing if one of the topics is missing. */
  private async existing(): Promise<string[]> {
    const partitions = await this.control.partitions();
    try {
      await this.control.demandPermission(this.options.topics.filter((topic) => !partitions.has(topic)));
      this.topicsDenied = undefined;
    } catch (error) {
      if (!(error instanceof AccessDenied)) throw error;
      this.topicsDenied = error.message;
    }
    return this.options.topics.filter((topic) => partitions.has(topic));
  }

  /** Until the subscription closes or its topics change; rejects if the member fails. */
  private async serve(topics: readonly string[]): Promise<void> {
    const { settings, control, options: subscribe, lingering, closing } = this;
    const onProblem = (what: string, error: Error) => this.report(what, error);
    const member = new Member({ settings, control, subscribe, lingering, onProblem });
    this.member = member;
    const over = new AbortController();
    const stop = AbortSignal.any([over.signal, closing.signal]);
    let isLost = true;
    try {
      await Promise.race([member.run(topics), this.untilTopicsChange(topics, stop)]);
      isLost = false;
    } finally {
      over.abort();
      await member.stop(isLost ? 0 : settings.drainTimeoutMs, !isLost);
      this.member = undefined;
    }
  }

  private async untilTopicsChange(topics: readonly string[], stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await pause(pollMs, stop);
      if (stop.aborted) return;
      try {
        const existing = await this.existing();
        if (existing.length !== topics.length || existing.some((topic) => !topics.includes(topic))) return;
        await this.member?.current?.checkLags();
      } catch (error) {
        this.report(`cannot get the topics of group ${this.options.group}`, error as Error);
      }
    }
  }

  private note(error: Error): void {
    const failure = failureOf(`cannot join group ${this.options.group}`, error, this.settings.access);
    this.groupDenied = failure instanceof AccessDenied ? failure.message : undefined;
  }

  private report(what: string, error: Error): void {
    if (!this.closing.signal.aborted) this.settings.onProblem(what, error);
  }
}
