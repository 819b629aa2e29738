/** The record is not a message that this service can read: no retry can help, so it is dead-lettered. */
export class Undecodable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Undecodable';
  }
}

/** What betrays a message: it does not come from who may send it, answers with another type than was asked for, or leaps ahead. */
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

/** Someone else changed the same thing first: the work is run again from a fresh read. */
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
 * - `infrastructure`: nothing; the database, the broker or a dependency is away. Wait, and never give up.
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
 * Postgres: connection exception, nobody let in (a password that was changed, a database that is not there), insufficient
 * resources, operator intervention (a statement that was cancelled or took too long among them), a disk that fails,
 * read-only after a failover, session ended by a time-out, prepared statements that a pooler has mixed up.
 */
const infrastructureSqlState = /^(?:08|28|3D|53|57|58|25006|25P0[34]|26000|42P05)/;
/** Postgres: serialization failure, deadlock, lock not available. */
const transientSqlState = /^(?:40001|40P01|55P03)$/;
const grpcUnavailable = 14;

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
