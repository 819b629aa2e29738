/** How long a saga waits, in ms. */
export interface Timing {
  /** For the answer to a step that does not say it itself. */
  readonly stepDeadlineMs: number;
  /** So many failures of a step, or sendings of it without an answer, and the saga is shown as stuck. */
  readonly stuckAfter: number;
}

export const defaultTiming: Timing = { stepDeadlineMs: 120_000, stuckAfter: 8 };

const firstRetryMs = 1_000;
const firstResendMs = 10_000;
const longestPauseMs = 300_000;

/** Until a step that was refused or threw `failures` times is tried again. */
export const retryPause = (failures: number): number => Math.min(firstRetryMs * 2 ** (failures - 1), longestPauseMs);

/**
 * Until a command that must be answered is sent again: later and later, and once exactly at the deadline, when the
 * alarm is due.
 */
export function resendPause({ resent, waitedMs }: { resent: number; waitedMs: number }, deadlineMs: number): number {
  const first = Math.min(firstResendMs, Math.ceil(deadlineMs / 4));
  const pause = Math.min(first * 2 ** resent, longestPauseMs);
  return waitedMs < deadlineMs ? Math.min(pause, deadlineMs - waitedMs) : pause;
}
