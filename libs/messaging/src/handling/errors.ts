import { ExponentialBackoff, handleAll, handleWhen, IterableBackoff, retry } from 'cockatiel';
import { header } from '../message/envelope.js';
import type { IncomingMessage, Middleware } from './handler.js';

/** The record is not a message that this service can read: no retry can help, so it is dead-lettered. */
export class Undecodable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Undecodable';
  }
}

/** Why a message is rejected: another sender than the channel's, a reply of another type than expected, or a sequence far ahead. */
export const rejectionReasons = ['source', 'reply', 'sequence'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** The message is not one that its sender may send; it is dead-lettered at once, and alarmed. */
export class MessageRejected extends Undecodable {
  constructor(
    readonly reason: RejectionReason,
    message: string,
  ) {
    super(message);
    this.name = 'MessageRejected';
  }
}

/** Events may be missing; so many at once are not. */
const longestLeap = 1_000;

/**
 * Throws MessageRejected when the sequence of an event is more than 1,000 ahead of `last`, the sequence of its source that
 * was applied last (0: none). Believed, it would hide every later event. Not while a replica is rebuilt or catches up:
 * then the code that keeps the replica only raises an alarm for the gap.
 */
export function rejectLeap(message: Pick<IncomingMessage, 'source' | 'sequence' | 'isReplayed' | 'isCatchingUp'>, last: number): void {
  const { source, sequence = 0, isReplayed, isCatchingUp } = message;
  if (sequence - last <= longestLeap || isReplayed || isCatchingUp) return;
  throw new MessageRejected('sequence', `${header.sequence} of ${source} is ${sequence}: the last one was ${last}`);
}

/** Another transaction changed the same thing first: the work is run again from a fresh read. */
export class ConcurrentUpdate extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConcurrentUpdate';
  }
}

/**
 * The inbox itself failed: a statement of ours, not of the handler's. It says nothing about the message, so no message is
 * dead-lettered for it.
 */
export class InboxFailed extends Error {
  constructor(cause: unknown) {
    super(`the inbox failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'InboxFailed';
  }
}

/**
 * What an error says about the message that was being handled:
 * - `infrastructure`: nothing; the database, the broker or a dependency is unavailable. Wait, and never give up.
 * - `transient`: nothing; two transactions were in each other's way. Run it again.
 * - `fault`: it is this message (or a bug that it meets).
 */
export type ErrorClass = 'infrastructure' | 'transient' | 'fault';

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
]);
/** pg and TypeORM report these without a code. */
const connectionMessages =
  /^Connection terminated|^timeout expired|timeout exceeded when trying to connect|^Client has encountered a connection error|^Cannot use a pool after|^Query read timeout|^Query runner already released/;
const unavailableNames = new Set(['BrokerUnavailable', 'TopicMissing', 'DependencyUnavailable', 'InboxFailed']);
/**
 * Postgres: connection exception, connections rejected (a changed password, a missing database), insufficient
 * resources, operator intervention (a statement that was cancelled or took too long among them), a disk that fails,
 * read-only after a failover, session ended by a time-out, prepared statements that a pooler has mixed up.
 */
const infrastructureSqlState = /^(?:08|28|3D|53|57|58|25006|25P0[34]|26000|42P05)/;
/** Postgres: serialization failure, deadlock, lock not available. */
const transientSqlState = /^(?:40001|40P01|55P03)$/;
const grpcUnavailable = 14;

/** Classifies an error, by itself or by what caused it (`cause`, `driverError`). */
export function classify(error: unknown): ErrorClass {
  for (let e = error as ErrorLike | undefined; e instanceof Error; e = (e.driverError ?? e.cause) as ErrorLike | undefined) {
    if (e.name === 'ConcurrentUpdate') return 'transient';
    if (unavailableNames.has(e.name) || connectionMessages.test(e.message) || e.code === grpcUnavailable) return 'infrastructure';
    if (typeof e.code !== 'string') continue;
    if (connectionCodes.has(e.code) || infrastructureSqlState.test(e.code)) return 'infrastructure';
    if (transientSqlState.test(e.code)) return 'transient';
  }
  return 'fault';
}

type ErrorLike = Error & { code?: unknown; driverError?: unknown };

/** Postgres: data exception, integrity constraint violation, program limit exceeded. What was to be stored is wrong, not where. */
const dataSqlState = /^(?:22|23|54)/;

/** The error of a statement that failed for another reason than the data that it was given. */
export function isAboutTheDatabase(error: unknown): boolean {
  for (let e = error as ErrorLike | undefined; e instanceof Error; e = (e.driverError ?? e.cause) as ErrorLike | undefined) {
    if (typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code)) return !dataSqlState.test(e.code);
  }
  return false;
}

/** An error in one line, as dead letters and histories have it. */
export const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** Distinguishes errors of handlers from those of the inbox's own statements: claiming, dead-lettering, the outbox's insert, the commit. */
export class HandlerErrors {
  private readonly errors = new WeakSet<object>();

  /** Around everything that handles a message. */
  readonly note: Middleware = async (_message, _handler, next) => {
    try {
      return await next();
    } catch (error) {
      if (typeof error === 'object' && error !== null) this.errors.add(error);
      throw error;
    }
  };

  /**
   * Throws what a transaction failed with: as InboxFailed when it was neither a handler's error nor about the data that
   * was to be stored, which are the message's own.
   */
  rethrow(error: unknown): never {
    const isHandlers = typeof error === 'object' && error !== null && this.errors.has(error);
    throw !isHandlers && classify(error) === 'fault' && isAboutTheDatabase(error) ? new InboxFailed(error) : error;
  }
}

/** Two transactions in each other's way: the batch runs again, five times in all. */
export const batchConflicts = retry(
  handleWhen((error) => classify(error) === 'transient'),
  { maxAttempts: 4, backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 200 }) },
);

/** The same for a single message, for as long as it takes: a conflict says nothing about the message. */
export const messageConflicts = retry(
  handleWhen((error) => classify(error) === 'transient'),
  { maxAttempts: Number.POSITIVE_INFINITY, backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 500 }) },
);

/** Tries of a message whose handler throws. */
export const faultTries = 5;

/** The handler threw: five tries within a second, then the message is dead-lettered. What cannot be read will not be readable later. */
export const faults = retry(
  handleWhen((error) => classify(error) === 'fault' && !(error instanceof Undecodable)),
  { maxAttempts: faultTries - 1, backoff: new IterableBackoff([50, 100, 200, 400]) },
);

/**
 * The database or a dependency is unavailable, the inbox fails, or a message can be neither handled nor dead-lettered:
 * retried forever. One policy per partition, since each may report its own outage.
 */
export const outages = () =>
  retry(handleAll, {
    maxAttempts: Number.POSITIVE_INFINITY,
    backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
  });
