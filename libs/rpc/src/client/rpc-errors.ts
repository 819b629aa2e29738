import { DomainError } from '@ftgo/kernel';
import { ConcurrentUpdate } from '@ftgo/messaging';
import { DependencyUnavailable, InvalidRequest, MessageTooLarge } from '@ftgo/platform';
import { type ServiceError, status } from '@grpc/grpc-js';
import { isBrokenCircuitError, isBulkheadRejectedError } from 'cockatiel';
import { concurrentUpdate, failureOf, isDomainErrorKind } from '../status/rpc-status.js';

/** The peer failed with an unexpected error, whose details it hides on purpose. */
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

/**
 * The caller's deadline was so short that a timeout says nothing about the peer. It has no code, so no circuit breaker counts
 * it.
 */
export class DeadlineTooShort extends Error {
  constructor(override readonly cause: ServiceError) {
    super(cause.message, { cause });
    this.name = 'DeadlineTooShort';
  }
}

/** The deadline passed while the call waited for others to end, or for its next attempt. */
export class NotSent extends Error {
  constructor() {
    super('the deadline passed before the call could be sent');
    this.name = 'NotSent';
  }
}

/** The messages of grpc-js, on either side, for a message over a size limit. They have no code of their own. */
const beyondLimit = /larger than/;

const unavailableCodes = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.CANCELLED]);

/** Maps the error of a failed call: a domain error of the peer, an unavailable peer, or an unexpected error. */
export function errorOfCall(dependency: string, error: unknown): Error {
  const isOurs = error instanceof DeadlineTooShort || error instanceof NotSent;
  if (isOurs || isBrokenCircuitError(error) || isBulkheadRejectedError(error)) {
    return new DependencyUnavailable(dependency, { cause: error });
  }
  if (!isServiceError(error)) return error as Error;
  return errorFromPeer(dependency, error) ?? errorForStatus(dependency, error);
}

function errorFromPeer(dependency: string, error: ServiceError): Error | undefined {
  const failure = failureOf(error.metadata);
  if (!failure) return undefined;
  const { reason, metadata } = failure.info;
  if (isDomainErrorKind(metadata.kind)) {
    return failure.errors ? new InvalidRequest(failure.errors) : new DomainError(reason, metadata.kind, error.details);
  }
  return reason === concurrentUpdate ? new ConcurrentUpdate(`${dependency}: ${error.details}`, { cause: error }) : undefined;
}

function errorForStatus(dependency: string, error: ServiceError): Error {
  const { code, details } = error;
  if (code === status.RESOURCE_EXHAUSTED && beyondLimit.test(details)) return new MessageTooLarge(dependency, { cause: error });
  if (unavailableCodes.has(code)) return new DependencyUnavailable(dependency, { cause: error });
  return new RpcFailed(dependency, status[code], { cause: error });
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'metadata' in error;
