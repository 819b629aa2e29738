import { AsyncLocalStorage } from 'node:async_hooks';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { Refuses } from '../http/described-problems.js';
import { InvalidRequest } from '../http/problem.js';

/** The header of a request, and the metadata of a call. */
export const idempotencyKeyHeader = 'idempotency-key';

const usable = /^[!-~]{1,255}$/;
const ambient = new AsyncLocalStorage<string | undefined>();

/** The key under which the client of the request in hand may ask again; calls that the request makes carry it on. */
export const idempotencyKey = {
  run: <T>(key: string | undefined, work: () => T): T => ambient.run(key, work),

  get current(): string | undefined {
    return ambient.getStore();
  },

  /** What a header or the metadata of a call says; InvalidRequest when it cannot be a key. */
  read(value: unknown): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string' && usable.test(value)) return value;
    throw new InvalidRequest([{ pointer: '/Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }]);
  },
};

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
