import type { DomainError } from '@ftgo/kernel';
import type { Answer } from '../message/answer.js';
import type { CommandType, EventType, ReplyChannel } from '../message/contract.js';
import type { Envelope } from '../message/envelope.js';

/** A message as its handler receives it: its attributes, its place, and its decoded payload. */
export interface IncomingMessage<Payload = unknown> extends Envelope {
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition, as written by the broker's adapter. */
  readonly position: string;
  readonly payload: Payload;
  /** Its topic is being read again, to rebuild what was derived from it (`replay`). */
  readonly isReplayed?: boolean;
  /** Its partition has a backlog of more than a thousand messages. */
  readonly isCatchingUp?: boolean | undefined;
  /** A command that was deferred before. */
  readonly isDeferred?: boolean;
  /** A deferred command at its time limit: NotYet now becomes its failure reply. */
  readonly isLastTry?: boolean;
}

/**
 * Handles the events of one type. An error rolls its message back, and it is retried; after five attempts with a fault
 * (`classify`) it is dead-lettered.
 */
export interface EventHandler {
  readonly kind: 'event';
  readonly type: EventType<unknown>;
  /** True if it only touches rows identified by the key, so that events with different keys may share round trips. */
  readonly independentPerKey?: boolean;
  /** `Class.method`, for logs and dead letters. */
  readonly name: string;
  handle(message: IncomingMessage): Promise<void>;
}

/**
 * Executes the commands of one type. A DomainError whose code the contract lists becomes the failure reply, NotYet defers the
 * command. Any other error rolls it back, and it is retried; after five attempts with a fault (`classify`) it is dead-lettered.
 */
export interface CommandHandler {
  readonly kind: 'command';
  readonly type: CommandType<unknown, unknown>;
  readonly name: string;
  /** Resolves to the payload of the success reply. */
  handle(message: IncomingMessage): Promise<unknown>;
}

/** Receives every reply of a channel, with its payload as bytes: the type depends on the saga. */
export interface ReplyHandler {
  readonly kind: 'reply';
  readonly channel: ReplyChannel;
  readonly name: string;
  /** Reads what it needs for a batch, before the first of its messages is handled. Some of them may be duplicates. */
  prepare?(messages: ReadonlyArray<IncomingMessage<Buffer>>): Promise<void>;
  handle(message: IncomingMessage<Buffer>): Promise<void>;
}

/** The handlers of a consumer. For each type of events or commands, and for each reply channel, a consumer has one handler. */
export type Handler = EventHandler | CommandHandler | ReplyHandler;

/**
 * Wraps the handling of every message, whatever its kind, in its transaction. `next` resolves to the reply to a command, and
 * to undefined for other messages. A command runs under a savepoint, and a failure that its contract lists is an answer; every
 * other error propagates and rolls the message back.
 */
export interface Middleware {
  (message: IncomingMessage, handler: Handler, next: () => Promise<Answer | undefined>): Promise<Answer | undefined>;
  /** Reads what it needs for a batch, before the first of its messages is handled. Some of them may be duplicates. */
  prepare?(batch: ReadonlyArray<{ readonly message: IncomingMessage; readonly handler: Handler }>): Promise<void>;
}

/**
 * A command cannot be executed yet because something it needs has not arrived (a replica lags). It is retried for up to 30
 * seconds; then `refusal` is the reply.
 */
export class NotYet extends Error {
  constructor(readonly refusal: DomainError) {
    super(`not yet: ${refusal.message}`, { cause: refusal });
    this.name = 'NotYet';
  }
}

/** True for an error that defers the message: only commands are deferred. */
export const defers = (error: unknown, { kind }: Handler): error is NotYet => kind === 'command' && error instanceof NotYet;
