import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.js';

const retriesUntilSpent = (budget: RetryBudget): number => {
  let retries = 0;
  for (; !budget.isSpent; retries++) budget.noteRetry();
  return retries;
};

describe('a retry budget', () => {
  it('allows ten retries at first, and then its share of the calls', () => {
    const budget = new RetryBudget(20);
    expect(retriesUntilSpent(budget)).toBe(10);
    for (let call = 0; call < 16; call++) budget.noteCall();
    expect(retriesUntilSpent(budget)).toBe(3);
  });

  it('saves no more than ten retries', () => {
    const budget = new RetryBudget(100);
    for (let call = 0; call < 1_000; call++) budget.noteCall();
    expect(retriesUntilSpent(budget)).toBe(10);
  });
});
