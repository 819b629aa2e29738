import { DomainError } from '@ftgo/kernel';
import type { AssignedPartition } from '../broker/broker.js';
import { DeadLetters } from '../dead-letters/dead-letters.js';
import { Inbox } from '../inbox/inbox.js';
import { type Answer, replyToOf } from '../message/answer.js';
import type { Refusal, ReplyChannel } from '../message/contract.js';
import { contextOfMessage, messageContext } from '../message/message-context.js';
import { type ContentType, jsonContentType, type PayloadType } from '../message/payload.js';
import type { Outbox } from '../outbox/outbox.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import { type DecodedRecord, Decoder, type ReadRecord } from './decoder.js';
import { HandlerErrors } from './errors.js';
import { type CommandHandler, type Handler, type IncomingMessage, type Middleware, NotYet } from './handler.js';
import { type MessagingSystem, Outcomes } from './outcomes.js';

export interface PipelineOptions {
  /** The consumer group: the application's name. */
  readonly group: string;
  readonly handlers: readonly Handler[];
  /** The application's own middleware around its handlers, outermost first. */
  readonly middleware?: readonly Middleware[];
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** The channels that replies may go to. */
  readonly replyChannels: readonly ReplyChannel[];
  /** The `source` of the replies: `/kitchen-service`. */
  readonly source: string;
  readonly outbox: Outbox;
  readonly transactions: Transactions;
  readonly logger: MessagingLogger;
}

/** Runs a message; resolves to the reply to a command. */
export type Handle = (message: IncomingMessage, handler: Handler) => Promise<Answer | undefined>;

/** The first middleware is the outermost. */
export const through = (middleware: readonly Middleware[], innermost: Handle): Handle =>
  middleware.reduceRight<Handle>((next, each) => (message, handler) => each(message, handler, () => next(message, handler)), innermost);

/** What the handler sends is caused by the message. */
export const inContext: Middleware = (message, _handler, next) => messageContext.run(contextOfMessage(message), next);

/**
 * The path of a message in a consumer group, whatever its kind. It is decoded; then, in the transaction of the inbox, it is
 * traced, timed, logged, replied to (a command), passed to the application's own middleware, and handled. What happens to a
 * message that is not handled is decided by BatchProcessor and DueMessages.
 */
export class Pipeline {
  readonly decoder: Decoder;
  readonly outcomes: Outcomes;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** Runs a decoded message in the open transaction. */
  readonly handle: Handle;
  private readonly handlerErrors = new HandlerErrors();
  private readonly replyChannels: ReadonlyMap<string, ReplyChannel>;

  constructor(
    private readonly options: PipelineOptions,
    system: MessagingSystem,
    private readonly onCommitted?: (partition: AssignedPartition) => void,
  ) {
    const { group, handlers, logger, middleware = [], transactions } = options;
    this.replyChannels = new Map(options.replyChannels.map((channel) => [channel.topic, channel]));
    this.decoder = new Decoder(handlers, this.replyChannels);
    this.outcomes = new Outcomes({ decoder: this.decoder, group, system, logger, transactions });
    this.inbox = new Inbox(group);
    this.deadLetters = new DeadLetters(group);
    const before = [this.handlerErrors.note, this.outcomes.observe, this.reply];
    this.handle = through([...before, ...middleware], (message, handler) => this.execute(message, handler));
  }

  /** Runs work of a partition in a transaction; rejects with InboxFailed for an error that was not caused by the message. */
  async transaction(partition: AssignedPartition, work: (transaction: Transaction) => Promise<void>): Promise<void> {
    await this.options.transactions.run(work).catch((error: unknown) => this.handlerErrors.rethrow(error));
    this.onCommitted?.(partition);
  }

  /** Lets handlers and middleware read what they need for a batch; in the open transaction. */
  async prepare(batch: readonly ReadRecord[]): Promise<void> {
    const decoded = batch.filter((read): read is DecodedRecord => !read.undecodable);
    const middleware = (this.options.middleware ?? []).map((each) => each.prepare?.(decoded));
    const handlers = [...Map.groupBy(decoded, ({ handler }) => handler)].map(([handler, reads]) => {
      if (handler.kind !== 'reply') return undefined;
      return handler.prepare?.(reads.map(({ message }) => message as IncomingMessage<Buffer>));
    });
    await Promise.all([...middleware, ...handlers]);
  }

  private readonly reply: Middleware = async (message, handler, next) => {
    const answer = await next();
    const replyTo = handler.kind === 'command' && handler.type.reply ? replyToOf(message) : undefined;
    const channel = replyTo === undefined ? undefined : this.replyChannels.get(replyTo);
    if (answer && channel) this.options.outbox.reply(channel, answer, { to: message, source: this.options.source });
    return answer;
  };

  private async execute(message: IncomingMessage, handler: Handler): Promise<Answer | undefined> {
    if (handler.kind === 'command') return this.answer(message, handler);
    await handler.handle(message as IncomingMessage<Buffer>);
    return undefined;
  }

  private async answer(message: IncomingMessage, handler: CommandHandler): Promise<Answer> {
    const { transactions, refusal, outbox } = this.options;
    const { type } = handler;
    const contentType = outbox.contentTypeOf(replyToOf(message) ?? '');
    try {
      const reply = await transactions.current('handling a command').savepoint(() => handler.handle(message));
      return type.reply ? answerOf('success', type.reply, reply ?? {}, contentType) : noAnswer;
    } catch (error) {
      const failure = error instanceof NotYet && message.isLastTry ? error.refusal : error;
      if (!(failure instanceof DomainError) || !type.refusals.includes(failure.code)) throw error;
      return answerOf('failure', refusal, { code: failure.code, detail: failure.message }, contentType);
    }
  }
}

/** A notification has no reply to send or store. */
const noAnswer: Answer = { outcome: 'success', typeName: '', dataSchema: '', contentType: jsonContentType, payload: Buffer.alloc(0) };

/** Encodes a reply. */
export function answerOf<Payload>(
  outcome: Answer['outcome'],
  type: PayloadType<Payload>,
  payload: Payload,
  contentType: ContentType = jsonContentType,
): Answer {
  return { outcome, typeName: type.typeName, dataSchema: type.dataSchema, contentType, payload: type.encode(payload, contentType) };
}
