import type { PayloadType, Refusal, ReplyChannel } from '@ftgo/messaging';
import type { Broker, TopicSpec } from '@ftgo/messaging/broker';

export interface MessagingModuleOptions {
  /** The application's name: its consumer group, and the first part of the `source` of its replies. */
  readonly service: string;
  /** Closed when the application stops. */
  readonly broker: Broker;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** The channels that replies may go to. */
  readonly replyChannels: readonly ReplyChannel[];
  /** The topics that this application owns. */
  readonly topics: readonly TopicSpec[];
  /**
   * `create` (the default): missing owned topics are created at startup, and consumed topics are waited for. `declared`:
   * nothing is created, and an application whose topics are missing does not start.
   */
  readonly topicsAre?: 'create' | 'declared' | undefined;
  /** True if views of this application are rebuilt from its topics: then the broker must retain messages. */
  readonly isReplayed?: boolean;
  /** Time limit for deferring a command, in ms; default 30 s. */
  readonly deferralLimitMs?: number;
  /**
   * Maximum number of partitions in a transaction at the same time; default 10. Use 1 for handlers that exclude each other by a
   * lock.
   */
  readonly transactionsAtOnce?: number;
  /** How long redriven and discarded dead letters are kept, in days; default 30. Others are kept until an operator decides. */
  readonly keepResolvedDeadLettersDays?: number | undefined;
  /** A partition that has handled or dead-lettered nothing for this long, in ms, is reported; default 30 s. */
  readonly stalledAfterMs?: number;
}

/** Injection token of the options; an abstract class, so that it cannot be confused with another token. */
export abstract class MessagingOptions {
  abstract readonly value: MessagingModuleOptions;
}
