import { AsyncLocalStorage } from 'node:async_hooks';

const ambient = new AsyncLocalStorage<string | undefined>();

/** The key under which the client of the request in hand may ask again; calls that the request makes carry it on. */
export const idempotencyKey = {
  run: <T>(key: string | undefined, work: () => T): T => ambient.run(key, work),

  get current(): string | undefined {
    return ambient.getStore();
  },
};
