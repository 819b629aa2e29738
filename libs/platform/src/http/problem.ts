import { STATUS_CODES } from 'node:http';
import { DomainError, type DomainErrorKind } from '@ftgo/kernel';
import { classify } from '@ftgo/messaging';
import type { Unauthenticated } from '@ftgo/security';
import { HttpException } from '@nestjs/common';
import { z } from 'zod';
import { DependencyUnavailable, isUnavailable } from '../errors/dependency-unavailable.js';
import { Overloaded } from './overload.js';
import { ProtocolError } from './protocol-error.js';
import { RateLimited } from './rate-limit.js';

/** An error in a request and its location: a JSON pointer into the body, or the name of a parameter. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** The request is malformed or has an invalid field. */
export class InvalidRequest extends DomainError {
  constructor(readonly errors: readonly FieldProblem[]) {
    super('VALIDATION_FAILED', 'invalid', errors.map(({ pointer, detail }) => `${pointer || '/'}: ${detail}`).join('; '), { errors });
  }
}

export const problemMediaType = 'application/problem+json';

/** A message between services exceeds one of our limits. A retry would fail in the same way. */
export class MessageTooLarge extends Error {
  constructor(
    readonly peer: string,
    options: ErrorOptions,
  ) {
    super(`a message between this service and ${peer} exceeds the size limit`, options);
    this.name = 'MessageTooLarge';
  }
}

/** The body of a problem: RFC 9457 with our extension members. */
export const problemBody = z.object({
  type: z.string().describe('the code as a URI, such as urn:ftgo:problem:order-not-found'),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional().describe('human-readable explanation'),
  instance: z.string().describe('path of the request'),
  code: z.string().describe('stable, machine-readable code, such as ORDER_NOT_FOUND'),
  traceId: z.string().describe('trace id, to find the request in logs and traces'),
  errors: z
    .array(z.object({ pointer: z.string().describe('JSON pointer into the body, or name of a parameter'), detail: z.string() }).readonly())
    .readonly()
    .optional()
    .describe('all validation errors of an invalid request'),
});

/** The part of a problem that does not depend on the request. */
export interface Problem extends Omit<z.output<typeof problemBody>, 'type' | 'instance' | 'traceId'> {
  readonly retryAfterSeconds?: number;
  /** How to authenticate (RFC 6750, 3). */
  readonly authenticate?: string;
}

const statusOf: Record<DomainErrorKind, number> = {
  invalid: 400,
  'rule-broken': 422,
  'not-found': 404,
  conflict: 409,
  outdated: 412,
  unauthenticated: 401,
  forbidden: 403,
};

/** The problem that represents any error. An unknown error is a 500 without details. */
export function problemOf(error: unknown): Problem {
  if (error instanceof InvalidRequest) {
    return { status: 400, code: 'VALIDATION_FAILED', title: 'Validation failed', detail: summary(error), errors: error.errors };
  }
  if (error instanceof DomainError && error.kind === 'unauthenticated') {
    const { hasToken } = error as Partial<Unauthenticated>;
    const authenticate = hasToken === false ? 'Bearer' : 'Bearer error="invalid_token"';
    return { status: 401, code: error.code, title: sentence(error.code), detail: error.message, authenticate };
  }
  if (error instanceof DomainError) {
    return { status: statusOf[error.kind], code: error.code, title: sentence(error.code), detail: error.message };
  }
  if (error instanceof MessageTooLarge) {
    return { status: 500, code: 'MESSAGE_TOO_LARGE', title: 'Message too large', detail: error.message };
  }
  if (error instanceof Overloaded) {
    const { message: detail, retryAfterSeconds } = error;
    return { status: 503, code: 'OVERLOADED', title: 'Service Unavailable', detail, retryAfterSeconds };
  }
  if (error instanceof RateLimited) {
    const { message: detail, retryAfterSeconds } = error;
    return { status: 429, code: 'RATE_LIMITED', title: 'Too Many Requests', detail, retryAfterSeconds };
  }
  return unavailable(error) ?? protocol(error) ?? { status: 500, code: 'INTERNAL_ERROR', title: 'Internal Server Error' };
}

function unavailable(error: unknown): Problem | undefined {
  if (isUnavailable(error)) {
    const dependency = error instanceof DependencyUnavailable ? error.dependency : 'the database';
    const retryAfterSeconds = error instanceof DependencyUnavailable ? error.retryAfterSeconds : 1;
    const detail = `${dependency} is unavailable; retry later`;
    return { status: 503, code: 'DEPENDENCY_UNAVAILABLE', title: 'Service Unavailable', detail, retryAfterSeconds };
  }
  if (classify(error) !== 'transient') return undefined;
  const detail = 'another request changed the same data at the same time; retry';
  return { status: 503, code: 'CONCURRENT_UPDATE', title: 'Service Unavailable', detail, retryAfterSeconds: 1 };
}

/** Errors of Nest, Fastify and Node's parser: unknown route, body too large, malformed JSON, unsupported media type. */
function protocol(error: unknown): Problem | undefined {
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || (status > 499 && !(error instanceof ProtocolError))) return undefined;
  const title = STATUS_CODES[status] ?? 'Client error';
  const code = protocolCodes[status] ?? title.toUpperCase().replaceAll(/[^A-Z]+/g, '_');
  return { status, code, title, detail: (error as Error).message };
}

const protocolCodes: Readonly<Record<number, string>> = {
  400: 'MALFORMED_REQUEST',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'URI_TOO_LONG',
  417: 'EXPECTATION_FAILED',
  426: 'UPGRADE_REQUIRED',
  431: 'HEADERS_TOO_LARGE',
  501: 'NOT_IMPLEMENTED',
  505: 'HTTP_VERSION_NOT_SUPPORTED',
};

/** The request that a problem belongs to. */
export interface ProblemSource {
  readonly instance: string;
  readonly traceId: string;
}

/** The body of a problem response. */
export function bodyOf({ status, code, title, detail, errors }: Problem, { instance, traceId }: ProblemSource): string {
  const type = `urn:ftgo:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body: z.output<typeof problemBody> = { type, title, status, detail, instance, code, traceId, errors };
  return JSON.stringify(body);
}

const summary = ({ errors }: InvalidRequest): string =>
  errors.length === 1 ? 'one value is invalid' : `${errors.length} values are invalid`;

/** The title for CONSUMER_NOT_FOUND is "Consumer not found". */
const sentence = (code: string): string => {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
