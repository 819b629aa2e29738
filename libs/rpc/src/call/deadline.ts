import { AsyncLocalStorage } from 'node:async_hooks';

const ambient = new AsyncLocalStorage<Date>();

/** Until when the caller of the work in hand waits for its answer; calls that the work makes end no later. */
export const deadline = {
  run: <T>(until: Date, work: () => T): T => ambient.run(until, work),

  /** The earlier of the caller's deadline and this many milliseconds from now. */
  within(milliseconds: number): Date {
    const own = Date.now() + milliseconds;
    return new Date(Math.min(own, ambient.getStore()?.getTime() ?? own));
  },

  get current(): Date | undefined {
    return ambient.getStore();
  },
};
