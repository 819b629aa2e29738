import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiResponse, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemBody } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

const knowsEvery = 'x-knows-every';
const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Says of a route what its description cannot know: that a state may forbid what is asked (409), or a rule (422). */
export const Refuses = (...statuses: ReadonlyArray<409 | 422>): MethodDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status })));

/** Says of a route with an id that it has an answer also for one that nobody has heard of: no 404. */
export const KnowsEveryId = (): MethodDecorator => ApiExtension(knowsEvery, true);

const meanings = {
  400: 'The request has not the form that it should have; `errors` says where',
  404: 'It is not there',
  409: 'The state does not allow it, or the first request with this Idempotency-Key is still running',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'A rule is broken, or the same Idempotency-Key came with another body',
  500: 'A fault, of which only the logs tell more',
  503: 'Something that is needed does not answer, or others are in the way: ask again',
} as const;

const traceId = { 'X-Trace-Id': { $ref: '#/components/headers/TraceId' } };

/** Adds to an API's description, at each route, every error that it can answer: what follows from the route, and what it says. */
export function describeProblems(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: z.toJSONSchema(problemBody) as object },
    headers: {
      TraceId: { description: 'Finds the request in logs and traces', schema: { type: 'string' } },
      RetryAfter: { description: 'When to ask again, in seconds', schema: { type: 'integer' } },
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

function describe(operation: Operation & { [knowsEvery]?: boolean }, { path, hasBody }: { path: string; hasBody: boolean }): void {
  const has = {
    input: hasBody || (operation.parameters ?? []).length > 0,
    id: path.includes('{') && !operation[knowsEvery],
  };
  const derived = [...(has.input ? [400] : []), ...(has.id ? [404] : []), ...(hasBody ? [413, 415] : []), 500, 503];
  for (const answer of Object.values(operation.responses)) if (answer && 'description' in answer) answer.headers = traceId;
  const said = Object.keys(operation.responses).filter((status) => status in meanings);
  for (const status of [...derived, ...said]) operation.responses[status] = { $ref: `#/components/responses/${nameOf(status)}` };
  delete operation[knowsEvery];
}

/** 404 is NotFound. */
const nameOf = (status: number | string): string => (STATUS_CODES[status] ?? '').replaceAll(' ', '');

const problem = (status: string, description: string): Responses[string] => ({
  description,
  headers: { ...traceId, ...(status === '503' ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}) },
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
