import { AsyncLocalStorage } from 'node:async_hooks';
import { wallClockMs } from '@ftgo/kernel';

/** Measured by performance.now(): setting the wall clock does not move a deadline. */
const ambient = new AsyncLocalStorage<number>();

/** The deadline in gRPC's form, which must be used immediately. */
const asDate = (at: number): Date => new Date(wallClockMs() + at - performance.now());

/** What a server keeps of its caller's time, to return a response after its own calls have ended: a tenth, at most 50 ms. */
const keptMs = (remainingMs: number): number => Math.min(50, Math.max(0, remainingMs) / 10);

/** How long the caller of the current work waits for its response; calls made by the work end no later. */
export const deadline = {
  run: <T>(until: Date, work: () => T): T => ambient.run(performance.now() + until.getTime() - wallClockMs(), work),

  /** Runs a server's work for a call: the calls made by the work end shortly before the call itself, so that it can respond. */
  runForCall<T>(until: Date, work: () => T): T {
    const remainingMs = until.getTime() - wallClockMs();
    return ambient.run(performance.now() + remainingMs - keptMs(remainingMs), work);
  },

  /** Runs work that no one waits for after this many milliseconds. */
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
