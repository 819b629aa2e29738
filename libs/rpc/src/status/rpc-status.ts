import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { DomainError, type DomainErrorKind } from '@ftgo/kernel';
import { type FieldProblem, InvalidRequest, Overloaded, problemOf } from '@ftgo/platform';
import { Metadata, status } from '@grpc/grpc-js';
import { BadRequestSchema, type ErrorInfo, ErrorInfoSchema } from '../gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../gen/google/rpc/status_pb.js';
import { StreamEnded } from '../server/server-streams.js';

/** The kind of failure in a status; the receiver decides by this, not by the status code. */
export type FailureKind = DomainErrorKind | 'unavailable' | 'concurrent' | 'internal';

/** The reason for `concurrent`: a transaction repeatedly conflicted with others. */
export const concurrentUpdate = 'CONCURRENT_UPDATE';

/** A failed call as it is sent. */
export interface RpcStatus {
  readonly code: status;
  readonly kind: FailureKind;
  /** The stable code of the error: `ORDER_NOT_FOUND`. */
  readonly reason: string;
  readonly message: string;
  readonly errors?: readonly FieldProblem[];
}

const domain = 'ftgo';
const detailsKey = 'grpc-status-details-bin';

/**
 * Maximum length of a message, and of all validation errors together. They are sent in headers, in which a byte may take three
 * and the message appears twice. If the headers exceed 64 KiB, the receiver drops the connection, and all other calls on it.
 */
const longestMessage = 1_000;
const mostFieldBytes = 24_000;

const codes: Record<DomainErrorKind, status> = {
  invalid: status.INVALID_ARGUMENT,
  'rule-broken': status.FAILED_PRECONDITION,
  'not-found': status.NOT_FOUND,
  conflict: status.ABORTED,
  outdated: status.ABORTED,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
};

export const isDomainErrorKind = (kind: string | undefined): kind is DomainErrorKind => kind !== undefined && Object.hasOwn(codes, kind);

/** The status of an error thrown by a controller. An unknown error is INTERNAL without details. */
export function rpcStatusOf(error: unknown): RpcStatus {
  if (error instanceof DomainError) {
    const { kind, code: reason, message } = error;
    return { code: codes[kind], kind, reason, message, ...(error instanceof InvalidRequest ? { errors: error.errors } : {}) };
  }
  // Not UNAVAILABLE: other calls succeed.
  if (error instanceof Overloaded) {
    return { code: status.RESOURCE_EXHAUSTED, kind: 'unavailable', reason: 'OVERLOADED', message: error.message };
  }
  if (error instanceof StreamEnded) {
    return { code: status.UNAVAILABLE, kind: 'unavailable', reason: 'STREAM_ENDED', message: error.message };
  }
  const problem = problemOf(error);
  if (problem.code === concurrentUpdate) {
    // Not UNAVAILABLE: the service is healthy, and no circuit breaker for it may open.
    return { code: status.ABORTED, kind: 'concurrent', reason: problem.code, message: problem.detail ?? problem.title };
  }
  if (problem.status === 503) {
    return { code: status.UNAVAILABLE, kind: 'unavailable', reason: problem.code, message: problem.detail ?? problem.title };
  }
  return { code: status.INTERNAL, kind: 'internal', reason: 'INTERNAL_ERROR', message: 'internal error' };
}

/** google.rpc.Status in its trailer, in the form grpc-js expects from errors. */
export function toServiceError({ code, kind, reason, ...rest }: RpcStatus): { code: status; details: string; metadata: Metadata } {
  const message = shortened(rest.message);
  const errors = rest.errors && limited(rest.errors);
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain, metadata: { kind } }))];
  if (errors) {
    const fieldViolations = errors.map(({ pointer, detail }) => ({ field: pointer, description: detail }));
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })));
  }
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details }))));
  return { code, details: message, metadata };
}

/** Truncation may leave a lone surrogate, which a header cannot carry. */
const shortened = (text: string): string => (text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`).toWellFormed();

function limited(errors: readonly FieldProblem[]): readonly FieldProblem[] {
  let bytes = 0;
  const tooMany = errors.findIndex(({ pointer, detail }) => (bytes += Buffer.byteLength(pointer + detail)) > mostFieldBytes);
  if (tooMany === -1) return errors;
  const more = errors.length - tooMany;
  return [...errors.slice(0, tooMany), { pointer: '', detail: `${more} more ${more === 1 ? 'value is' : 'values are'} invalid` }];
}

/** The status that the other side sent; undefined if it is not one of ours. */
export function failureOf(metadata: Metadata): { info: ErrorInfo; errors: FieldProblem[] | undefined } | undefined {
  const [bytes] = metadata.get(detailsKey);
  if (!(bytes instanceof Buffer)) return undefined;
  try {
    const { details } = fromBinary(StatusSchema, bytes);
    const info = details.map((detail) => anyUnpack(detail, ErrorInfoSchema)).find((each) => each?.domain === domain);
    if (!info) return undefined;
    const badRequest = details.map((detail) => anyUnpack(detail, BadRequestSchema)).find((each) => each !== undefined);
    return { info, errors: badRequest?.fieldViolations.map(({ field, description }) => ({ pointer: field, detail: description })) };
  } catch {
    // Details that cannot be decoded are ignored: the code is enough.
    return undefined;
  }
}
