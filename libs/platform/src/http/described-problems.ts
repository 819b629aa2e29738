import { STATUS_CODES } from 'node:http';
import { DomainError, IllegalTransition, VersionOutdated } from '@ftgo/kernel';
import { RoleRequired, Unauthenticated } from '@ftgo/security';
import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiResponse, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { DependencyUnavailable } from '../errors/dependency-unavailable.js';
import { operationsOf } from './described-operations.js';
import { bodyOf, InvalidRequest, problemBody, problemOf } from './problem.js';
import { ProtocolError } from './protocol-error.js';
import { RateLimited } from './rate-limit.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

const answersAnyId = 'x-answers-any-id';
/** The extension in which a route declares further media types of its successful response. */
export const alsoRespondsWith = 'x-also-responds-with';

/** Declares a header of a route's successful responses. */
export const respondsWithHeader = (name: HeaderName): MethodDecorator => ApiExtension(extensionOf(name), true);

/**
 * Documents the statuses of a route that its description does not imply: 304 for a representation that the client has, 406 for
 * a media type that is not available, 409 for a state that forbids the request, 412 for a version that is not current, 422 for a broken rule.
 */
export const MayRespondWith = (...statuses: ReadonlyArray<304 | 406 | 409 | 412 | 422>): MethodDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status })));

/** Marks a route that returns a result for every id, known or unknown: it has no 404. */
export const AnswersAnyId = (): MethodDecorator => ApiExtension(answersAnyId, true);

/** Marks a route that may return cached data, with its age in `Age`, while a service is down. */
export const MayBeCached = (): MethodDecorator => respondsWithHeader('Age');

const meanings = {
  400: 'The request is malformed or has invalid fields, listed in `errors`',
  401: 'The request has no valid access token',
  403: "The access token has none of the required roles, or an operator's action comes from another machine or from a web page",
  404: 'Not found',
  406: 'None of the media types in Accept is available',
  409: 'The current state does not allow this, or the first request with this Idempotency-Key is still in progress',
  412: 'The resource has changed since the version in If-Match',
  413: 'The body is too large',
  415: 'The body is not JSON, not in UTF-8, or compressed',
  422: 'A business rule is broken, or the Idempotency-Key was used before with another body',
  429: 'The caller has exceeded the limit of requests per minute',
  500: 'An unexpected error; only the logs have details',
  503: 'A dependency is unavailable, the service is overloaded, or concurrent requests conflict; retry',
} as const;

/** An error of each status, for the examples. */
const examples: Record<keyof typeof meanings, Error> = {
  400: new InvalidRequest([{ pointer: '/lineItems/0/quantity', detail: 'must be at least 1' }]),
  401: new Unauthenticated('send an access token in the header Authorization: Bearer'),
  403: new RoleRequired(['operator']),
  404: new DomainError('ORDER_NOT_FOUND', 'not-found', 'order 1 not found'),
  406: new ProtocolError(406, 'cannot respond with text/html; this resource is available as application/json'),
  409: new IllegalTransition('cancel order 1', { state: 'REJECTED', action: 'beginCancel' }),
  412: new VersionOutdated('order 1', 3),
  413: new ProtocolError(413, 'Request body is too large'),
  415: new ProtocolError(415, 'Unsupported Media Type: text/plain'),
  422: new DomainError('ORDER_MINIMUM_NOT_MET', 'rule-broken', "order total 5.00 is below the restaurant's minimum of 10.00"),
  429: new RateLimited(600, 12_000),
  500: new Error(),
  503: new DependencyUnavailable('order-service', { retryAfterSeconds: 1 }),
};

type Status = keyof typeof meanings;
const statuses = Object.keys(meanings).map(Number) as Status[];
const needsToken: readonly Status[] = [401, 403];
const needsLimit: readonly Status[] = [429];
const exampleTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceId = { 'X-Trace-Id': { $ref: '#/components/headers/TraceId' } };

/** The headers that a route can declare. */
const headerOf = {
  Age: { $ref: '#/components/headers/Age' },
  ETag: { $ref: '#/components/headers/ETag' },
  'Preference-Applied': { $ref: '#/components/headers/PreferenceApplied' },
} as const;
type HeaderName = keyof typeof headerOf;
const declarable = Object.keys(headerOf) as HeaderName[];
const extensionOf = (name: HeaderName) => `x-header-${name}` as const;

/** Headers of responses, besides those of HTTP itself. */
const headers = {
  TraceId: {
    description: 'The trace id, to find the request in logs and traces',
    schema: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    example: exampleTraceId,
  },
  Age: {
    description: 'The age of the oldest cached data in the response, in seconds; absent if all of it is current',
    schema: { type: 'integer', minimum: 0 },
    example: 12,
  },
  RetryAfter: { description: 'When to retry, in seconds', schema: { type: 'integer', minimum: 0 }, example: 1 },
  ETag: {
    description: 'Identifies this version, for If-None-Match and If-Match',
    schema: { type: 'string', pattern: '^"[\\w.-]+"$' },
    example: '"2"',
  },
  PreferenceApplied: {
    description: 'The preference that was applied: the response is the result or, if the time was not enough, the current state',
    schema: { type: 'string' },
    example: 'wait=5',
  },
} as const;

/** The settings of a service on which its errors depend. */
export interface Admission {
  /** Whether requests need access tokens. */
  readonly isRestricted: boolean;
  /** Whether the service can limit the requests of a caller. */
  readonly isRateLimited: boolean;
}

/**
 * Adds to each route of an OpenAPI document the errors it can return, both those that follow from the route and those it
 * declares.
 */
export function describeProblems(document: OpenAPIObject, { isRestricted, isRateLimited }: Admission): void {
  const absent: readonly Status[] = [...(isRestricted ? [] : needsToken), ...(isRateLimited ? [] : needsLimit)];
  const operations = operationsOf(document);
  const possible = statuses.filter((status) => !absent.includes(status) || (status === 403 && operations.some(isAct)));
  const ofAdmission = [...needsToken, ...needsLimit].filter((status) => !absent.includes(status));
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: z.toJSONSchema(problemBody) as object },
    headers,
    responses: Object.fromEntries(possible.map((status) => [nameOf(status), problem(status)])),
  };
  for (const each of operations) {
    const { path, method, operation } = each;
    describe(operation, { path, hasBody: method !== 'get', ofAdmission: isAct(each) ? [...ofAdmission, 403] : ofAdmission });
  }
}

/** Operators may act only from the service's machine, unless it is open; and never from a web page. */
const isAct = ({ path, method }: { readonly path: string; readonly method: string }): boolean =>
  path.startsWith('/operations/') && method !== 'get';

type Declared = { [extension in typeof answersAnyId | ReturnType<typeof extensionOf>]?: boolean } & {
  [alsoRespondsWith]?: Record<string, object>;
};

interface Described {
  readonly path: string;
  readonly hasBody: boolean;
  /** Those that every operation may respond with. */
  readonly ofAdmission: readonly Status[];
}

function describe(operation: Operation & Declared, { path, hasBody, ofAdmission }: Described): void {
  const has = {
    input: hasBody || (operation.parameters ?? []).length > 0,
    id: path.includes('{') && !operation[answersAnyId],
  };
  const derived = [...(has.input ? [400] : []), ...ofAdmission, ...(has.id ? [404] : []), ...(hasBody ? [413, 415] : []), 500, 503];
  describeSuccesses(operation);
  const declared = Object.keys(operation.responses).filter((status) => status in meanings);
  for (const status of [...derived, ...declared]) operation.responses[status] = { $ref: `#/components/responses/${nameOf(status)}` };
  delete operation[answersAnyId];
  for (const name of declarable) delete operation[extensionOf(name)];
  delete operation[alsoRespondsWith];
}

function describeSuccesses(operation: Operation & Declared): void {
  const headers = headersOf(operation);
  for (const [status, answer] of Object.entries(operation.responses)) {
    if (!answer || !('description' in answer)) continue;
    Object.assign(answer, { description: answer.description || STATUS_CODES[status], headers });
    if (status.startsWith('2') && answer.content) Object.assign(answer.content, operation[alsoRespondsWith]);
  }
}

const headersOf = (operation: Declared): object => ({
  ...traceId,
  ...Object.fromEntries(declarable.filter((name) => operation[extensionOf(name)]).map((name) => [name, headerOf[name]])),
});

/** The name for 404 is NotFound. */
const nameOf = (status: number | string): string => (STATUS_CODES[status] ?? '').replaceAll(' ', '');

const problem = (status: keyof typeof meanings): Responses[string] => ({
  description: meanings[status],
  headers: { ...traceId, ...(status === 429 || status === 503 ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}) },
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      example: JSON.parse(bodyOf(problemOf(examples[status]), { instance: '/orders/1', traceId: exampleTraceId })) as unknown,
    },
  },
});
