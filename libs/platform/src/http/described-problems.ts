import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiResponse, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemBody } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

const answersAnyId = 'x-answers-any-id';
const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/**
 * Documents the errors of a route that its description does not imply: 409 for a state that forbids the request, 422 for a
 * broken rule.
 */
export const MayRespondWith = (...statuses: ReadonlyArray<409 | 422>): MethodDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status })));

/** Marks a route that returns a result for every id, known or unknown: it has no 404. */
export const AnswersAnyId = (): MethodDecorator => ApiExtension(answersAnyId, true);

const meanings = {
  400: 'The request is malformed or has an invalid field; `errors` lists where',
  404: 'Not found',
  409: 'The current state does not allow this, or the first request with this Idempotency-Key is still in progress',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'A business rule is broken, or the Idempotency-Key was used before with another body',
  500: 'An unexpected error; only the logs have details',
  503: 'A dependency is unavailable, or concurrent requests conflict; retry',
} as const;

const traceId = { 'X-Trace-Id': { $ref: '#/components/headers/TraceId' } };

/**
 * Adds to each route of an OpenAPI document the errors it can return, both those that follow from the route and those it
 * declares.
 */
export function describeProblems(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: z.toJSONSchema(problemBody) as object },
    headers: {
      TraceId: { description: 'The trace id, to find the request in logs and traces', schema: { type: 'string' } },
      RetryAfter: { description: 'When to retry, in seconds', schema: { type: 'integer' } },
    },
    responses: Object.fromEntries(Object.entries(meanings).map(([status, meaning]) => [nameOf(status), problem(status, meaning)])),
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (operation) describe(operation, { path, hasBody: method !== 'get' });
    }
  }
}

function describe(operation: Operation & { [answersAnyId]?: boolean }, { path, hasBody }: { path: string; hasBody: boolean }): void {
  const has = {
    input: hasBody || (operation.parameters ?? []).length > 0,
    id: path.includes('{') && !operation[answersAnyId],
  };
  const derived = [...(has.input ? [400] : []), ...(has.id ? [404] : []), ...(hasBody ? [413, 415] : []), 500, 503];
  for (const answer of Object.values(operation.responses)) if (answer && 'description' in answer) answer.headers = traceId;
  const declared = Object.keys(operation.responses).filter((status) => status in meanings);
  for (const status of [...derived, ...declared]) operation.responses[status] = { $ref: `#/components/responses/${nameOf(status)}` };
  delete operation[answersAnyId];
}

/** The name for 404 is NotFound. */
const nameOf = (status: number | string): string => (STATUS_CODES[status] ?? '').replaceAll(' ', '');

const problem = (status: string, description: string): Responses[string] => ({
  description,
  headers: { ...traceId, ...(status === '503' ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}) },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
