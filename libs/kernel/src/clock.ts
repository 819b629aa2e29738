/**
 * Milliseconds since 1970, for a time that is stored, shown, or compared with a time recorded by another process. The wall
 * clock can jump forwards or backwards, so durations and deadlines within a process are measured with `performance.now()`; a
 * lint rule enforces this.
 */
export const wallClockMs = (): number => Date.now();

/** The source of the current time; injected so that tests can set it. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
