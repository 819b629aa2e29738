import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { DomainError, type DomainErrorKind } from '@ftgo/kernel';
import { type FieldProblem, InvalidRequest, problemOf } from '@ftgo/platform';
import { Metadata, status } from '@grpc/grpc-js';
import { BadRequestSchema, type ErrorInfo, ErrorInfoSchema } from '../gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../gen/google/rpc/status_pb.js';

/** What kind of failure a status tells of; the side that receives it decides by this, not by the code. */
export type FailureKind = DomainErrorKind | 'unavailable' | 'concurrent' | 'internal';

/** The reason of `concurrent`: a transaction lost against another one, again and again. */
export const concurrentUpdate = 'CONCURRENT_UPDATE';

/** A failed call as it goes over the wire. */
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
 * How long a message may be, and all fields that are wrong together. They travel in headers, in which a byte may take
 * three and the message comes twice: of more than 64 KiB of headers the receiver drops the connection, and with it the
 * calls of everybody else.
 */
const longestMessage = 1_000;
const mostFieldBytes = 24_000;

const codes: Record<DomainErrorKind, status> = {
  invalid: status.INVALID_ARGUMENT,
  'rule-broken': status.FAILED_PRECONDITION,
  'not-found': status.NOT_FOUND,
  conflict: status.ABORTED,
  forbidden: status.PERMISSION_DENIED,
};

export const isDomainErrorKind = (kind: string | undefined): kind is DomainErrorKind => kind !== undefined && Object.hasOwn(codes, kind);

/** The status of what a controller threw. Everything unknown is INTERNAL and says nothing. */
export function rpcStatusOf(error: unknown): RpcStatus {
  if (error instanceof DomainError) {
    const { kind, code: reason, message } = error;
    return { code: codes[kind], kind, reason, message, ...(error instanceof InvalidRequest ? { errors: error.errors } : {}) };
  }
  const problem = problemOf(error);
  if (problem.code === concurrentUpdate) {
    // Not UNAVAILABLE: the service is well, and no circuit to it must open.
    return { code: status.ABORTED, kind: 'concurrent', reason: problem.code, message: problem.detail ?? problem.title };
  }
  if (problem.status === 503) {
    return { code: status.UNAVAILABLE, kind: 'unavailable', reason: problem.code, message: problem.detail ?? problem.title };
  }
  return { code: status.INTERNAL, kind: 'internal', reason: 'INTERNAL_ERROR', message: 'internal error' };
}

/** google.rpc.Status in the trailer that carries it, as grpc-js takes errors. */
export function toServiceError({ code, kind, reason, ...said }: RpcStatus): { code: status; details: string; metadata: Metadata } {
  const message = shortened(said.message);
  const errors = said.errors && asManyAsFit(said.errors);
  const details = [anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason, domain, metadata: { kind } }))];
  if (errors) {
    const fieldViolations = errors.map(({ pointer, detail }) => ({ field: pointer, description: detail }));
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })));
  }
  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code, message, details }))));
  return { code, details: message, metadata };
}

/** What is cut off may be half of a surrogate pair, which no header can carry. */
const shortened = (text: string): string => (text.length <= longestMessage ? text : `${text.slice(0, longestMessage)}…`).toWellFormed();

function asManyAsFit(errors: readonly FieldProblem[]): readonly FieldProblem[] {
  let bytes = 0;
  const tooMany = errors.findIndex(({ pointer, detail }) => (bytes += Buffer.byteLength(pointer + detail)) > mostFieldBytes);
  if (tooMany === -1) return errors;
  return [...errors.slice(0, tooMany), { pointer: '', detail: `${errors.length - tooMany} more values are not valid` }];
}

/** What the other side said about its error; undefined when it is not one of ours. */
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
    // Details that cannot be read are as none: the code still tells enough.
    return undefined;
  }
}
