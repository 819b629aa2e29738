import {
  type Handler,
  MessageConsumer,
  type Middleware,
  Outbox,
  type ProcessorCounts,
  type ReplayOptions,
  Transactions,
} from '@ftgo/messaging';
import { demandFeatures } from '@ftgo/messaging/broker';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { HandlerExplorer } from './handler-explorer.js';
import { MessagingOptions } from './messaging-options.js';
import { nestLogger } from './nest-logger.js';
import { demandDeclared, TopicsMissing } from './topics-missing.js';

/**
 * Connects the handlers to the broker once the application has started. An unavailable broker does not prevent the application
 * from starting: its messages wait in the outbox, and it consumes as soon as it can.
 */
@Injectable()
export class MessagingRuntime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = nestLogger('Messaging');
  private readonly stopping = new AbortController();
  private consuming: MessageConsumer | undefined;
  private starting: Promise<void> = Promise.resolve();
  private started = false;
  /** Why consuming has not started. */
  private startProblem = '';

  constructor(
    private readonly options: MessagingOptions,
    private readonly explorer: HandlerExplorer,
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
  ) {}

  /** True if every channel is being consumed. */
  get ready(): boolean {
    return this.started && this.consumer?.healthy === true;
  }

  /** Why it does not consume everything, one line per cause. */
  get problems(): string[] {
    if (this.started) return this.consumer?.problems ?? [];
    return [['consuming has not started', this.startProblem].filter(Boolean).join(': ')];
  }

  /** Undefined before the application has started. */
  get consumer(): MessageConsumer | undefined {
    return this.consuming;
  }

  /** What a replay of messages through this application's handlers needs. */
  get replayed(): Pick<ReplayOptions, 'service' | 'broker' | 'transactions'> & {
    readonly handlers: readonly Handler[];
    readonly middleware: readonly Middleware[];
  } {
    const { service, broker } = this.options.value;
    const { explorer, transactions } = this;
    return { service, broker, transactions, handlers: explorer.handlers(), middleware: explorer.middleware() };
  }

  get counts(): Readonly<ProcessorCounts> | undefined {
    return this.consumer?.counts;
  }

  /** True while consuming, if everything available at the last fetch has been handled. */
  caughtUp(kind: 'event' | 'reply' | 'command'): boolean {
    return this.started && this.consumer?.caughtUp(kind) === true;
  }

  async onApplicationBootstrap(): Promise<void> {
    this.demandFeatures();
    const { broker, refusal, replyChannels, service, deferralLimitMs, transactionsAtOnce, topics, topicsAre, stalledAfterMs } =
      this.options.value;
    this.consuming = new MessageConsumer({
      broker,
      transactions: this.transactions,
      outbox: this.outbox,
      group: service,
      source: `/${service}`,
      refusal,
      replyChannels,
      handlers: this.explorer.handlers(),
      middleware: this.explorer.middleware(),
      logger: this.logger,
      stalledAfterMs,
      ...(deferralLimitMs === undefined ? {} : { deferralLimitMs }),
      ...(transactionsAtOnce === undefined ? {} : { transactionsAtOnce }),
    });
    if (topicsAre === 'declared') await demandDeclared(broker, topics, this.consuming.topics);
    this.starting = this.start(this.consuming);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.starting;
    await this.consumer?.close();
    await this.options.value.broker.close();
  }

  /** Throws FeaturesMissing: on such a broker the application would lose or reorder messages. */
  private demandFeatures(): void {
    const { broker, service, isReplayed = false } = this.options.value;
    demandFeatures(broker, service, ['orderedPerKey', 'publishSubscribe', ...(isReplayed ? (['retained'] as const) : [])]);
  }

  private async start(consumer: MessageConsumer): Promise<void> {
    const policy = retry(handleAll, {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
    });
    policy.onFailure(({ reason }) => {
      const problem = 'error' in reason ? String(reason.error) : '';
      if (problem !== this.startProblem) this.logger.warn('consuming has not started; retrying', { reason: problem });
      this.startProblem = problem;
    });
    try {
      await policy.execute(() => this.subscribe(consumer), this.stopping.signal);
      this.started = true;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.logger.error('consuming has not started', { reason: String(error) });
    }
  }

  private async subscribe(consumer: MessageConsumer): Promise<void> {
    const { broker, topics, topicsAre } = this.options.value;
    if (topicsAre !== 'declared' && topics.length > 0) await broker.ensureTopics(topics);
    const missing = await broker.missingTopics(consumer.topics);
    if (missing.length > 0) throw new TopicsMissing(missing, ' yet; start the services that own them, or create them in the broker');
    await consumer.start();
  }
}
