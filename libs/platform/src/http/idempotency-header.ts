import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { Refuses } from './described-problems.js';
import { InvalidRequest } from './problem.js';

/** The header of a request, and the metadata of a call. */
export const idempotencyKeyHeader = 'idempotency-key';

const usable = /^[!-~]{1,255}$/;

/** The key in a header or in the metadata of a call; InvalidRequest when it is not a valid key. */
export function readIdempotencyKey(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && usable.test(value)) return value;
  throw new InvalidRequest([{ pointer: '/Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }]);
}

/** Says in the API's description that a route can be asked again under the same key. */
export const TakesIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: usable.source },
      description: 'Any text of your own: the same key with the same body answers the first success again, for 24 hours.',
    }),
    Refuses(409, 422),
  );
