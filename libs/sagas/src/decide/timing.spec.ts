import { describe, expect, it } from 'vitest';
import { resendPause, retryPause } from './timing.js';

describe('the pause before a failed step is retried', () => {
  it('begins with a second and doubles, up to five minutes', () => {
    expect([1, 2, 3, 9, 10, 50].map(retryPause)).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  });
});

describe('the pause before a command is resent', () => {
  const pause = (resent: number, waitedMs: number, deadlineMs = 120_000) => resendPause({ resent, waitedMs }, deadlineMs);

  it('begins with ten seconds and doubles, and ends at the deadline', () => {
    expect([pause(0, 0), pause(1, 10_000), pause(2, 30_000), pause(3, 70_000)]).toEqual([10_000, 20_000, 40_000, 50_000]);
  });

  it('begins with a quarter of a short deadline, rounded up', () => {
    expect([pause(0, 0, 4_000), pause(0, 0, 5), pause(0, 0, 1)]).toEqual([1_000, 2, 1]);
  });

  it('continues to double after the deadline, up to five minutes', () => {
    expect([pause(4, 120_000), pause(5, 280_000), pause(40, 600_000)]).toEqual([160_000, 300_000, 300_000]);
  });
});
