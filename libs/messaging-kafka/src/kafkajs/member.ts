import type { OnProblem, SubscribeOptions, TopicPartition } from '@ftgo/messaging/broker';
import { within } from '@ftgo/messaging/broker';
import type { Consumer } from 'kafkajs';
import { code } from '../codes.js';
import { balanced } from './assigner.js';
import { Assignment } from './assignment.js';
import { newClient, retry } from './client.js';
import type { Control } from './control.js';
import { codeOf } from './errors.js';
import type { Settings } from './options.js';

export interface MemberOptions {
  readonly settings: Settings;
  readonly control: Control;
  readonly subscribe: SubscribeOptions;
  readonly lingering: Map<string, Promise<void>>;
  readonly onProblem: OnProblem;
}

const heartbeatMs = 500;
/** kafkajs waits for the responses to its fetches before it disconnects. */
const fetchWaitMs = 100;
const partitionBytes = 512 * 1024;
const fetchBytes = 4 * 1024 * 1024;
const partitionCheckMs = 2_000;
/** A broker that has not responded for this long is down or silent. */
const silentMs = 2_000;
const leaveMs = 500;

const notOurs: ReadonlySet<number> = new Set([code.illegalGeneration, code.unknownMember]);

/** One kafkajs consumer, from its start until it ends or is stopped. It is never restarted. */
export class Member {
  private readonly consumer: Consumer;
  private readonly over = Promise.withResolvers<never>();
  private readonly watching: NodeJS.Timeout;
  private running: Promise<void> = Promise.resolve();
  private assignment: Assignment | undefined;
  private lastHeartbeatAt = Number.NEGATIVE_INFINITY;
  private beatAt = performance.now();
  private isStopped = false;

  constructor(private readonly options: MemberOptions) {
    const { settings, control, subscribe } = options;
    this.consumer = newClient(settings).consumer({
      groupId: subscribe.group,
      partitionAssigners: [balanced(() => control.partitions())],
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.drainTimeoutMs + 4_000,
      heartbeatInterval: heartbeatMs,
      maxWaitTimeInMs: fetchWaitMs,
      maxBytesPerPartition: partitionBytes,
      maxBytes: fetchBytes,
      metadataMaxAge: partitionCheckMs,
      // A transaction of another producer that stays open must not stop a partition.
      readUncommitted: true,
      allowAutoTopicCreation: false,
      retry: { ...retry, restartOnFailure: () => Promise.resolve(false) },
    });
    this.over.promise.catch(() => undefined);
    this.listen();
    this.watching = setInterval(() => this.watch(), heartbeatMs);
  }

  get connected(): boolean {
    return this.assignment?.ready === true && performance.now() - this.lastHeartbeatAt < silentMs;
  }

  get current(): Assignment | undefined {
    return this.assignment;
  }

  /** Rejects when the consumer has ended. */
  async run(topics: readonly string[]): Promise<never> {
    const { consumer } = this;
    this.running = (async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => this.assignment?.take(batch) });
    })();
    this.running.catch((error: Error) => this.over.reject(error));
    return this.over.promise;
  }

  async stop(drainMs: number, mayCommit: boolean): Promise<void> {
    this.isStopped = true;
    clearInterval(this.watching);
    await this.assignment?.end(drainMs, mayCommit);
    this.assignment = undefined;
    await within(leaveMs, this.consumer.disconnect());
    // A pending join makes kafkajs continue nevertheless.
    this.running.then(() => this.consumer.disconnect()).catch(() => undefined);
  }

  private listen(): void {
    const { consumer } = this;
    const { events } = consumer;
    consumer.on(events.REQUEST, () => {
      this.lastHeartbeatAt = performance.now();
    });
    consumer.on(events.REQUEST_TIMEOUT, () => {
      this.lastHeartbeatAt = Number.NEGATIVE_INFINITY;
    });
    consumer.on(events.HEARTBEAT, () => {
      this.beatAt = performance.now();
    });
    consumer.on(events.GROUP_JOIN, ({ payload }) => this.assigned(payload.memberAssignment));
    consumer.on(events.REBALANCING, () => this.revoked());
    consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      const { batchSize, firstOffset, lastOffset, highWatermark } = payload;
      if (batchSize === 0 && firstOffset !== null) this.assignment?.passed(payload, firstOffset, lastOffset, highWatermark);
    });
    consumer.on(events.CRASH, ({ payload }) => this.over.reject(payload.error));
  }

  private assigned(assignment: Readonly<Record<string, number[]>>): void {
    this.revoked();
    if (this.isStopped) return;
    this.beatAt = performance.now();
    const partitions = Object.entries(assignment).flatMap(([topic, of]) => of.map((partition): TopicPartition => ({ topic, partition })));
    const { control, subscribe, lingering, onProblem } = this.options;
    const onCommitFailed = (error: Error) => this.commitFailed(error);
    this.assignment = new Assignment({ consumer: this.consumer, control, subscribe, partitions, lingering, onCommitFailed, onProblem });
  }

  /**
   * kafkajs does not wait before it rejoins, so batches in progress cannot be finished: they are redelivered to the new owner.
   */
  private revoked(): void {
    void this.assignment?.end(0, true);
    this.assignment = undefined;
  }

  private commitFailed(error: Error): void {
    const answer = codeOf(error);
    if (answer === code.rebalanceInProgress) return;
    if (answer !== undefined && notOurs.has(answer)) return this.lost();
    this.options.onProblem('committing offsets failed; retrying', error);
  }

  /** kafkajs uses the wall clock: if it is set back, kafkajs sends no heartbeats but keeps fetching. */
  private watch(): void {
    if (this.assignment && performance.now() - this.beatAt > this.options.settings.sessionTimeoutMs) this.lost();
  }

  private lost(): void {
    this.over.reject(new Error("the group has reassigned this member's partitions"));
  }
}
