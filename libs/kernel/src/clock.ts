/**
 * Milliseconds since 1970: a moment to be stored, shown, or compared with one that another process has noted. The wall clock
 * may jump, also back, so durations and deadlines within a process are measured by `performance.now()`; a lint rule sees to
 * it.
 */
export const wallClockMs = (): number => Date.now();

/** Where the time comes from; injected, so that tests can set it. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
