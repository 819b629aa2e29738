import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { MayRespondWith } from './described-problems.js';
import { InvalidRequest } from './problem.js';

/** The name of the request header and of the call metadata. */
export const idempotencyKeyHeader = 'idempotency-key';

const usable = /^[!-~]{1,255}$/;

/** The key in a header or in the metadata of a call; throws InvalidRequest if the key is invalid. */
export function readIdempotencyKey(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && usable.test(value)) return value;
  throw new InvalidRequest([{ pointer: '/Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }]);
}

/** Documents in the OpenAPI description that a route accepts an Idempotency-Key. */
export const AcceptsIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: usable.source },
      description: 'Any unique text; for 24 hours, a request with the same key and body returns the first successful response again',
    }),
    MayRespondWith(409, 422),
  );
