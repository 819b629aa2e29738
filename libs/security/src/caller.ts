import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from './principal.js';

const ambient = new AsyncLocalStorage<Principal | undefined>();

/** The principal of the current request; undefined for a public operation, and for work that no request has caused. */
export const caller = {
  run: <T>(principal: Principal | undefined, work: () => T): T => ambient.run(principal, work),

  get current(): Principal | undefined {
    return ambient.getStore();
  },
};
