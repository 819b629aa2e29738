import { DomainError } from '@ftgo/kernel';
import { DependencyUnavailable, InvalidRequest } from '@ftgo/platform';
import { type ServiceError, status } from '@grpc/grpc-js';
import { isBrokenCircuitError, isBulkheadRejectedError } from 'cockatiel';
import { failureOf, isDomainErrorKind } from '../status/rpc-status.js';

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

const away = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED, status.CANCELLED]);

/** The error that a failed call means on this side: the peer's own "no", the peer being away, or a fault. */
export function errorOfCall(dependency: string, error: unknown): Error {
  if (isBrokenCircuitError(error) || isBulkheadRejectedError(error)) return new DependencyUnavailable(dependency, { cause: error });
  if (!isServiceError(error)) return error as Error;
  const failure = failureOf(error.metadata);
  const kind = failure?.info.metadata.kind;
  if (failure && isDomainErrorKind(kind)) {
    return failure.errors ? new InvalidRequest(failure.errors) : new DomainError(failure.info.reason, kind, error.details);
  }
  if (away.has(error.code)) return new DependencyUnavailable(dependency, { cause: error });
  return new RpcFailed(dependency, status[error.code], { cause: error });
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && 'metadata' in error;
