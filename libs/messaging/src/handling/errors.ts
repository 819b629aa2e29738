import { ExponentialBackoff, handleAll, handleWhen, IterableBackoff, retry } from 'cockatiel';
import { header } from '../message/envelope.js';
import { isTlsFailure } from '../postgres/tls-failure.js';
import type { IncomingMessage, Middleware } from './handler.js';

/** The record is not a message that this service can read: no retry can help, so it is dead-lettered. */
export class Undecodable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Undecodable';
  }
}

/**
 * Why a message is rejected: a sender other than the channel's, a reply of another type than expected, a sequence far ahead, or one
 * that an earlier event had.
 */
export const rejectionReasons = ['source', 'reply', 'sequence', 'reissue'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** The sender was not allowed to send this message; it is dead-lettered immediately, with an alert. */
export class MessageRejected extends Undecodable {
  constructor(
    readonly reason: RejectionReason,
    message: string,
  ) {
    super(message);
    this.name = 'MessageRejected';
  }
}

/** The largest plausible gap of missing events. */
const longestLeap = 1_000;

/**
 * Throws MessageRejected if the sequence of an event is more than 1,000 ahead of `last`, the last applied sequence of its
 * source (0: none). If it were trusted, it would hide every later event. Not while a replica is rebuilt or catches up: then the
 * code that maintains the replica only raises an alert for the gap.
 */
export function rejectLeap(message: Pick<IncomingMessage, 'source' | 'sequence' | 'isReplayed' | 'isCatchingUp'>, last: number): void {
  const { source, sequence = 0, isReplayed, isCatchingUp } = message;
  if (sequence - last <= longestLeap || isReplayed || isCatchingUp) return;
  throw new MessageRejected('sequence', `invalid ${header.sequence} ${sequence} of ${source}: too far ahead of the last one, ${last}`);
}

/** The clocks of two instances of a sender differ by less. */
const clockDifferenceMs = 5_000;

/**
 * Throws MessageRejected if an event with an old sequence was sent later than the last applied event of its source: its sequence was
 * issued twice, because the database of the sender was restored to an earlier point in time. For events that would be ignored as old.
 *
 * @param lastSent the `time` of the last applied event; undefined: not known
 */
export function rejectReissue(
  { source, sequence, time }: Pick<IncomingMessage, 'source' | 'sequence' | 'time'>,
  lastSent: Date | undefined,
): void {
  if (!lastSent || time.getTime() <= lastSent.getTime() + clockDifferenceMs) return;
  const sent = `sent at ${time.toISOString()}, but an event with this or a later sequence was sent at ${lastSent.toISOString()}`;
  throw new MessageRejected(
    'reissue',
    `reissued ${header.sequence} ${sequence} of ${source}: it was ${sent}; the database of its service was restored to an earlier point in time`,
  );
}

/** Another transaction changed the same data first: the work is rerun from a fresh read. */
export class ConcurrentUpdate extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConcurrentUpdate';
  }
}

/**
 * The inbox itself failed: one of our statements, not the handler's. It says nothing about the message, so no message is
 * dead-lettered for it.
 */
export class InboxFailed extends Error {
  constructor(cause: unknown) {
    super(`inbox failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'InboxFailed';
  }
}

/**
 * What an error says about the message being handled:
 * - `infrastructure`: nothing; the database, the broker or a dependency is unavailable. Wait, and never give up.
 * - `transient`: nothing; two transactions conflicted. Rerun it.
 * - `fault`: it is caused by this message (or a bug that it triggers).
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
const unavailableNames = new Set(['BrokerUnavailable', 'TopicMissing', 'DependencyUnavailable', 'InboxFailed', 'NoPrimary']);
/**
 * Postgres: connection exception, rejected connections (a changed password, a missing database), insufficient resources,
 * operator intervention (including a statement that was cancelled or timed out), a failing disk, read-only after a failover, a
 * session ended by a timeout, prepared statements confused by a pooler.
 */
const infrastructureSqlState = /^(?:08|28|3D|53|57|58|25006|25P0[34]|26000|42P05)/;
/** Postgres: serialization failure, deadlock, lock not available. */
const transientSqlState = /^(?:40001|40P01|55P03)$/;
const grpcUnavailable = 14;

/** Classifies an error, by itself or by its cause (`cause`, `driverError`). */
export function classify(error: unknown): ErrorClass {
  for (let e = error as ErrorLike | undefined; e instanceof Error; e = (e.driverError ?? e.cause) as ErrorLike | undefined) {
    if (e.name === 'ConcurrentUpdate') return 'transient';
    if (unavailableNames.has(e.name) || connectionMessages.test(e.message) || e.code === grpcUnavailable || isTlsFailure(e))
      return 'infrastructure';
    if (typeof e.code !== 'string') continue;
    if (connectionCodes.has(e.code) || infrastructureSqlState.test(e.code)) return 'infrastructure';
    if (transientSqlState.test(e.code)) return 'transient';
  }
  return 'fault';
}

type ErrorLike = Error & { code?: unknown; driverError?: unknown };

/** Postgres: data exception, integrity constraint violation, program limit exceeded. The data is wrong, not the database. */
const dataSqlState = /^(?:22|23|54)/;

/** The error of a statement that failed for a reason other than its data. */
export function isAboutTheDatabase(error: unknown): boolean {
  for (let e = error as ErrorLike | undefined; e instanceof Error; e = (e.driverError ?? e.cause) as ErrorLike | undefined) {
    if (typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code)) return !dataSqlState.test(e.code);
  }
  return false;
}

/** An error as one line, for dead letters and histories. */
export const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/**
 * Distinguishes errors of handlers from those of the inbox's own statements: claiming, dead-lettering, the outbox's insert, the
 * commit.
 */
export class HandlerErrors {
  private readonly errors = new WeakSet<object>();

  /** Wraps everything that handles a message. */
  readonly note: Middleware = async (_message, _handler, next) => {
    try {
      return await next();
    } catch (error) {
      if (typeof error === 'object' && error !== null) this.errors.add(error);
      throw error;
    }
  };

  /**
   * Rethrows the error of a transaction: as InboxFailed unless it came from a handler or from the data to be stored, which are
   * caused by the message.
   */
  rethrow(error: unknown): never {
    const isHandlers = typeof error === 'object' && error !== null && this.errors.has(error);
    throw !isHandlers && classify(error) === 'fault' && isAboutTheDatabase(error) ? new InboxFailed(error) : error;
  }
}

/** Conflicting transactions: the batch is rerun, five times in total. */
export const batchConflicts = retry(
  handleWhen((error) => classify(error) === 'transient'),
  { maxAttempts: 4, backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 200 }) },
);

/** The same for a single message, without a limit: a conflict says nothing about the message. */
export const messageConflicts = retry(
  handleWhen((error) => classify(error) === 'transient'),
  { maxAttempts: Number.POSITIVE_INFINITY, backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 500 }) },
);

/** Attempts for a message whose handler throws. */
export const faultTries = 5;

/**
 * The handler threw: five attempts within a second, then the message is dead-lettered. A message that cannot be decoded is not
 * retried.
 */
export const faults = retry(
  handleWhen((error) => classify(error) === 'fault' && !(error instanceof Undecodable)),
  { maxAttempts: faultTries - 1, backoff: new IterableBackoff([50, 100, 200, 400]) },
);

/**
 * The database or a dependency is unavailable, the inbox fails, or a message can be neither handled nor dead-lettered: retried
 * forever. One policy per partition, since each may report its own outage.
 */
export const outages = () =>
  retry(handleAll, {
    maxAttempts: Number.POSITIVE_INFINITY,
    backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
  });
