/** The waiting times of a saga, in ms. */
export interface Timing {
  /** The default time limit for a reply. */
  readonly stepDeadlineMs: number;
  /** After this many failures of a step, or attempts without a reply, the saga is shown as stuck. */
  readonly stuckAfter: number;
}

export const defaultTiming: Timing = { stepDeadlineMs: 120_000, stuckAfter: 8 };

const firstRetryMs = 1_000;
const firstResendMs = 10_000;
const longestPauseMs = 300_000;

/** The pause before a step that failed `failures` times is retried. */
export const retryPause = (failures: number): number => Math.min(firstRetryMs * 2 ** (failures - 1), longestPauseMs);

/**
 * The pause before a command that needs a reply is resent: increasing, with one attempt exactly at the deadline, when the
 * alert is due.
 */
export function resendPause({ resent, waitedMs }: { resent: number; waitedMs: number }, deadlineMs: number): number {
  const first = Math.min(firstResendMs, Math.ceil(deadlineMs / 4));
  const pause = Math.min(first * 2 ** resent, longestPauseMs);
  return waitedMs < deadlineMs ? Math.min(pause, deadlineMs - waitedMs) : pause;
}
