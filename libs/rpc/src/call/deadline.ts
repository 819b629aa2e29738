import { AsyncLocalStorage } from 'node:async_hooks';
import { wallClockMs } from '@ftgo/kernel';

/** By performance.now(): a deadline stands where it is when the wall clock is set. */
const ambient = new AsyncLocalStorage<number>();

/** As gRPC takes and gives deadlines: to be used at once. */
const asDate = (at: number): Date => new Date(wallClockMs() + at - performance.now());

/** Until when the caller of the work in hand waits for its answer; calls that the work makes end no later. */
export const deadline = {
  run: <T>(until: Date, work: () => T): T => ambient.run(performance.now() + until.getTime() - wallClockMs(), work),

  /** Work that nobody waits for longer than this many milliseconds. */
  runWithin: <T>(milliseconds: number, work: () => T): T => ambient.run(performance.now() + milliseconds, work),

  /** The earlier of the caller's deadline and this many milliseconds from now. */
  within(milliseconds: number): Date {
    const own = performance.now() + milliseconds;
    return asDate(Math.min(own, ambient.getStore() ?? own));
  },

  get current(): Date | undefined {
    const at = ambient.getStore();
    return at === undefined ? undefined : asDate(at);
  },
};
