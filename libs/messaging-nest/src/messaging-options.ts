import type { PayloadType, Refusal, ReplyChannel } from '@ftgo/messaging';
import type { Broker, TopicSpec } from '@ftgo/messaging/broker';

export interface MessagingModuleOptions {
  /** The application's name: its consumer group, and the first part of the `source` of its replies. */
  readonly service: string;
  /** Closed when the application stops. */
  readonly broker: Broker;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** Where answers may go. */
  readonly replyChannels: readonly ReplyChannel[];
  /** The topics that this application owns. */
  readonly topics: readonly TopicSpec[];
  /**
   * `create` (the default): what is owned and missing is made at start, what is consumed is waited for. `declared`: nothing
   * is made, and an application whose topics are missing does not start.
   */
  readonly topicsAre?: 'create' | 'declared' | undefined;
  /** True when views of this application are rebuilt from its topics: then the broker has to retain messages. */
  readonly isReplayed?: boolean;
  /** How long a command may be deferred, in ms; default 30 s. */
  readonly deferralLimitMs?: number;
  /** How many partitions may be in a transaction at the same time; default 10. Handlers that exclude each other by a lock want 1. */
  readonly transactionsAtOnce?: number;
  /** A partition of which nothing was handled or dead-lettered for so long, in ms, is reported; default 30 s. */
  readonly stalledAfterMs?: number;
}

/** Injection token of the options; an abstract class, so that it cannot be mistaken for another. */
export abstract class MessagingOptions {
  abstract readonly value: MessagingModuleOptions;
}
