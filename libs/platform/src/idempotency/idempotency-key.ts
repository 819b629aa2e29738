import { AsyncLocalStorage } from 'node:async_hooks';

const ambient = new AsyncLocalStorage<string | undefined>();

/** The Idempotency-Key of the current request; calls made by the request carry it too. */
export const idempotencyKey = {
  run: <T>(key: string | undefined, work: () => T): T => ambient.run(key, work),

  get current(): string | undefined {
    return ambient.getStore();
  },
};
