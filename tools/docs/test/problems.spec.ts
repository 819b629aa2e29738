import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError, type DomainErrorKind } from '@ftgo/kernel';
import { problemOf } from '@ftgo/platform';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { rpcStatusOf } from '../../../libs/rpc/src/status/rpc-status.js';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');
const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: repository })
  .filter((file) => !file.endsWith('spec.ts') && !file.includes('/gen/') && !file.startsWith('libs/testing/'))
  .toSorted();

/** Errors of the domain: `super('ORDER_NOT_FOUND', 'not-found', …)`. */
const declared = sources.flatMap((file) =>
  [...read(file).matchAll(/(?:super|new DomainError)\(\s*'([A-Z_]+)',\s*'([a-z-]+)'/g)].map(([, code = '', kind]) => ({
    code,
    kind: kind as DomainErrorKind,
  })),
);

/** Codes of the platform itself, and those that the saga engine generates. */
const codesOfMappers = [
  ...read('libs/platform/src/http/problem.ts').matchAll(/(?:code|\d{3}): '([A-Z_]+)'/g),
  ...sources.flatMap((file) => [...read(file).matchAll(/new HttpProblem\(\d{3}, '([A-Z_]+)'/g)]),
  ...sources.flatMap((file) => [...read(file).matchAll(/(?:noAnswerCode =|refusal: \{ code:) '([A-Z_]+)'/g)]),
].map(([, code = '']) => code);

/** The numbers of the gRPC status codes. */
const grpcCodes: Record<string, number> = {
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  UNAUTHENTICATED: 16,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
};

/** `| code | http | grpc | …` */
const rows = new Map(
  [...read('docs/problems/README.md').matchAll(/^\| `([A-Z_]+)` \| (\d*) ?\| ([A-Z_]*) ?\|/gm)].map(
    ([, code = '', http = '', grpc = '']) => [code, { http, grpc }],
  ),
);

describe('docs/problems', () => {
  it('explains exactly the codes that the sources declare', () => {
    // Fastify itself reports the media type.
    const codes = new Set([...declared.map(({ code }) => code), ...codesOfMappers, 'UNSUPPORTED_MEDIA_TYPE']);
    expect([...rows.keys()].toSorted()).toEqual([...codes].toSorted());
  });

  it.each(declared)('lists the statuses of $code that clients get', ({ code, kind }) => {
    const error = new DomainError(code, kind, '');
    const { http, grpc = '' } = rows.get(code) ?? {};
    expect(http).toBe(String(problemOf(error).status));
    expect(grpcCodes[grpc]).toBe(rpcStatusOf(error).code);
  });
});
