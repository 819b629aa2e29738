import { DomainError } from '@ftgo/kernel';
import { ConcurrentUpdate } from '@ftgo/messaging';
import { DependencyUnavailable, InvalidRequest, MessageTooLarge } from '@ftgo/platform';
import { type ServiceError, status } from '@grpc/grpc-js';
import { isBrokenCircuitError, isBulkheadRejectedError } from 'cockatiel';
import { concurrentUpdate, failureOf, isDomainErrorKind } from '../status/rpc-status.js';

/** The peer answered with an error that nobody expected; it says no more on purpose. */
export class RpcFailed extends Error {
  constructor(
    readonly dependency: string,
    readonly status: string,
    options: ErrorOptions,
  ) {
    super(`${dependency} failed: ${status}`, options);
    this.name = 'RpcFailed';
  }
}

/** The caller's deadline came so soon that being late says nothing of the peer. Without a code: no circuit counts it. */
export class NotWaitedFor extends Error {
  constructor(override readonly cause: ServiceError) {
    super(cause.message, { cause });
    this.name = 'NotWaitedFor';
  }
}

/** What grpc-js says, on either side, of a message beyond a limit. It has no code of its own. */
const beyondLimit = /larger than/;

const away = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.CANCELLED]);

/** The error that a failed call means on this side: the peer's own "no", the peer being away, or a fault. */
export function errorOfCall(dependency: string, error: unknown): Error {
  if (isBrokenCircuitError(error) || isBulkheadRejectedError(error) || error instanceof NotWaitedFor) {
    return new DependencyUnavailable(dependency, { cause: error });
  }
  if (!isServiceError(error)) return error as Error;
  return saidByPeer(dependency, error) ?? meantByStatus(dependency, error);
}

function saidByPeer(dependency: string, error: ServiceError): Error | undefined {
  const failure = failureOf(error.metadata);
  if (!failure) return undefined;
  const { reason, metadata } = failure.info;
  if (isDomainErrorKind(metadata.kind)) {
    return failure.errors ? new InvalidRequest(failure.errors) : new DomainError(reason, metadata.kind, error.details);
  }
  return reason === concurrentUpdate ? new ConcurrentUpdate(`${dependency}: ${error.details}`, { cause: error }) : undefined;
}

function meantByStatus(dependency: string, error: ServiceError): Error {
  const { code, details } = error;
  if (code === status.RESOURCE_EXHAUSTED && beyondLimit.test(details)) return new MessageTooLarge(dependency, { cause: error });
  if (away.has(code)) return new DependencyUnavailable(dependency, { cause: error });
  return new RpcFailed(dependency, status[code], { cause: error });
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'metadata' in error;
