import { DomainError } from '@ftgo/kernel';
import type { ReceivedRecord } from '../broker/broker.js';
import { type Answer, commandHeader, outcomeOf, replyToOf } from '../message/answer.js';
import type { Refusal, ReplyChannel } from '../message/contract.js';
import { type Envelope, typeOf } from '../message/envelope.js';
import { contextOfMessage, type MessageContext, messageContext } from '../message/message-context.js';
import { jsonContentType, type PayloadType } from '../message/payload.js';
import type { Outbox } from '../outbox/outbox.js';
import type { Transaction } from '../transaction/transactions.js';
import { demandContent, envelopeOf } from './decode.js';
import { Undecodable } from './errors.js';
import { type CommandHandler, type CommandMiddleware, type Handler, type IncomingMessage, NotYet } from './handler.js';
import { demandSender } from './rejections.js';

export interface DispatcherOptions {
  readonly handlers: readonly Handler[];
  /** Around every command, the first one outermost. */
  readonly commandMiddleware: readonly CommandMiddleware[];
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** Where answers may go. Anything else in `ce_replyto` makes a command undecodable: a foreign topic would stop the relay. */
  readonly replyChannels: readonly ReplyChannel[];
  /** The `source` of the replies: `/kitchen-service`. */
  readonly source: string;
  readonly outbox: Outbox;
}

/** A record that can be handled: decoded, with who handles it. */
export interface Dispatchable {
  readonly record: ReceivedRecord;
  readonly message: IncomingMessage;
  readonly handler: Handler;
}

/** A record that can be handled, or that says why not. */
export type Readable = Dispatchable | { readonly record: ReceivedRecord; readonly undecodable: Undecodable };

/** Finds the handler of a message, decodes its payload, and runs it in the open transaction. */
export class Dispatcher {
  private readonly byTopic = new Map<string, TopicHandlers>();
  private readonly replyChannels: ReadonlyMap<string, ReplyChannel>;

  constructor(private readonly options: DispatcherOptions) {
    this.replyChannels = new Map(options.replyChannels.map((channel) => [channel.topic, channel]));
    for (const handler of options.handlers) this.add(handler);
  }

  get topics(): string[] {
    return [...this.byTopic.keys()];
  }

  get handlers(): readonly Handler[] {
    return this.options.handlers;
  }

  topicsOf(kind: Handler['kind']): string[] {
    return [...this.byTopic].filter(([, handlers]) => handlers.kind === kind).map(([topic]) => topic);
  }

  /** Undefined: nobody here handles that type. Throws Undecodable. */
  decode(record: ReceivedRecord, isCatchingUp?: boolean): Dispatchable | undefined {
    const handlers = this.byTopic.get(record.topic);
    const handler = handlers?.all ?? handlers?.byType.get(typeOf(record) ?? '');
    demandContent(record, handler);
    if (!handler) {
      if (typeOf(record) === undefined) throw new Undecodable('it has no ce_type header: it is no message');
      return undefined;
    }
    const { topic, partition, position } = record;
    const envelope = envelopeOf(record);
    demandSender(handler.kind === 'reply' ? handler.channel : handler.type.channel, envelope.source);
    if (handler.kind === 'command') this.demandReplyChannel(replyToOf(envelope));
    demandOutcome(envelope);
    const body = record.value;
    // An empty payload may be a message, of default values; none is not.
    if (body === undefined) throw new Undecodable('it has no value: it is no message');
    const payload = handler.kind === 'reply' ? body : decodePayload(handler.type.payload, body, envelope.contentType);
    return { record, handler, message: { ...envelope, topic, partition, position, payload, isCatchingUp } };
  }

  private demandReplyChannel(replyTo: string | undefined): void {
    if (replyTo === undefined || this.replyChannels.has(replyTo)) return;
    throw new Undecodable(`ce_replyto is '${replyTo}': expected a declared reply channel`);
  }

  /** Runs the handler in the context of its message; a command is answered. Resolves to what a command came to. Throws NotYet when it is to come again. */
  async handle(
    transaction: Transaction,
    { message, handler }: Dispatchable,
    lastTry = false,
    context: MessageContext = contextOfMessage(message),
  ): Promise<Answer['outcome']> {
    return messageContext.run(context, async () => {
      if (handler.kind === 'command') return this.command(transaction, message, handler, lastTry);
      if (handler.kind === 'event') await handler.handle(message);
      else await handler.handle(message as IncomingMessage<Buffer>);
      return 'success';
    });
  }

  private async command(
    transaction: Transaction,
    message: IncomingMessage,
    handler: CommandHandler,
    lastTry: boolean,
  ): Promise<Answer['outcome']> {
    const execute = this.options.commandMiddleware.reduceRight<() => Promise<Answer>>(
      (next, middleware) => () => middleware(message, handler, next),
      () => this.execute(transaction, message, handler, lastTry),
    );
    const answer = await execute();
    const replyTo = handler.type.reply && replyToOf(message);
    const channel = replyTo === undefined ? undefined : this.replyChannels.get(replyTo);
    if (channel) this.options.outbox.reply(channel, answer, { to: message, source: this.options.source });
    return answer.outcome;
  }

  private async execute(transaction: Transaction, message: IncomingMessage, handler: CommandHandler, lastTry: boolean): Promise<Answer> {
    try {
      const reply = await transaction.savepoint(() => handler.handle(message));
      return handler.type.reply ? this.answer('success', handler.type.reply, reply ?? {}) : noAnswer;
    } catch (error) {
      const refusal = error instanceof NotYet && lastTry ? error.refusal : error;
      if (!(refusal instanceof DomainError) || !handler.type.refusals.includes(refusal.code)) throw error;
      return this.answer('failure', this.options.refusal, { code: refusal.code, detail: refusal.message });
    }
  }

  private answer<Payload>(outcome: Answer['outcome'], type: PayloadType<Payload>, payload: Payload): Answer {
    const contentType = jsonContentType;
    return { outcome, typeName: type.typeName, dataSchema: type.dataSchema, contentType, payload: type.encode(payload, contentType) };
  }

  private add(handler: Handler): void {
    const topic = handler.kind === 'reply' ? handler.channel.topic : handler.type.channel.topic;
    const handlers: TopicHandlers = this.byTopic.get(topic) ?? { kind: handler.kind, byType: new Map() };
    this.byTopic.set(topic, handlers);
    if (handler.kind === 'reply') {
      handlers.all = handler;
      return;
    }
    const type = handler.type.payload.typeName;
    const other = handlers.byType.get(type);
    if (other) throw new Error(`${type} is handled twice, by ${other.name} and ${handler.name}: a group handles a message once`);
    handlers.byType.set(type, handler);
  }
}

/** An outcome that says neither is an error of the sender's. */
function demandOutcome(envelope: Envelope): void {
  const outcome = envelope.extensions[commandHeader.outcome];
  if (outcome === undefined || outcomeOf(envelope)) return;
  throw new Undecodable(`${commandHeader.outcome} is ${outcome}: it is success or failure`);
}

interface TopicHandlers {
  readonly kind: Handler['kind'];
  readonly byType: Map<string, Handler>;
  all?: Handler;
}

/** A notification has no answer to send or to keep. */
const noAnswer: Answer = { outcome: 'success', typeName: '', dataSchema: '', contentType: jsonContentType, payload: Buffer.alloc(0) };

function decodePayload<Payload>(
  type: PayloadType<Payload>,
  bytes: Buffer,
  contentType: Parameters<PayloadType<Payload>['decode']>[1],
): Payload {
  try {
    return type.decode(bytes, contentType);
  } catch (error) {
    throw new Undecodable(`the payload is no ${type.typeName}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
