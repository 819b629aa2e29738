import { wallClockMs } from '@ftgo/kernel';
import { status } from '@grpc/grpc-js';
import {
  BrokenCircuitError,
  type BulkheadPolicy,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from 'cockatiel';
import { Counter } from 'prom-client';
import type { CallPolicy } from './call-policy.js';
import { RetryBudget } from './retry-budget.js';
import { NotSent } from './rpc-errors.js';

const codeOf = (error: unknown): unknown => (error instanceof Error ? (error as { code?: unknown }).code : undefined);
/**
 * The statuses of a peer that is down: the call was not processed, or got no response in time. RESOURCE_EXHAUSTED is not one of
 * them: it concerns one call (its size, a quota), and other calls succeed.
 */
const downCodes = new Set<unknown>([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

/** gRPC ends a call at its deadline; this ends the wait for a free place and for a retry soon after it. */
const graceMs = 20;

export const circuitStates = ['closed', 'open', 'half_open'] as const;
export type Circuit = (typeof circuitStates)[number];

const rejected = new Counter({
  name: 'rpc_client_rejected_total',
  help: 'Calls that failed without being sent, because the circuit was open or too many calls were in flight and waiting',
  labelNames: ['dependency', 'reason'],
});

const retried = new Counter({
  name: 'rpc_client_retries_total',
  help: 'Retries of failed calls: sent, or suppressed because the retry budget was spent',
  labelNames: ['dependency', 'outcome'],
});

/** The last call that failed because the dependency is down. */
export interface Failure {
  readonly at: Date;
  readonly reason: string;
}

export interface CallOptions {
  readonly until: Date;
  readonly isIdempotent: boolean;
}

/** A service that this process calls, and what protects both from each other: the policy and its state. */
export class Dependency {
  lastFailure: Failure | undefined;
  private readonly limit: BulkheadPolicy;
  private readonly breaker: CircuitBreakerPolicy;
  private readonly retry: RetryPolicy;
  private readonly budget: RetryBudget;
  private openedAt = 0;

  constructor(
    readonly name: string,
    readonly policy: CallPolicy,
    /** The addresses of its known instances, if a discovery finds them. */
    readonly instances: () => readonly string[] | undefined = () => undefined,
  ) {
    this.limit = bulkhead(policy.concurrentCalls, policy.waitingCalls);
    this.breaker = circuitBreaker(
      handleWhen((error) => downCodes.has(codeOf(error))),
      { halfOpenAfter: policy.breakForMs, breaker: new ConsecutiveBreaker(policy.breakAfterFailures) },
    );
    this.budget = new RetryBudget(policy.retryPercent);
    this.retry = retry(
      handleWhen((error) => codeOf(error) === status.UNAVAILABLE && this.mayRetry()),
      // The backoff has jitter.
      { maxAttempts: policy.retries, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 400 }) },
    );
    this.limit.onReject(() => rejected.inc({ dependency: name, reason: 'too_many' }));
    this.breaker.onBreak(() => (this.openedAt = performance.now()));
    this.breaker.onFailure(({ handled, reason }) => {
      if (handled && 'error' in reason) this.lastFailure = { at: new Date(wallClockMs()), reason: (reason.error as Error).message };
    });
    this.retry.onRetry(() => {
      this.budget.noteRetry();
      retried.inc({ dependency: name, outcome: 'sent' });
    });
  }

  get circuit(): Circuit {
    if (this.breaker.state === CircuitState.Closed) return 'closed';
    return this.breaker.state === CircuitState.HalfOpen ? 'half_open' : 'open';
  }

  get callsInFlight(): number {
    return this.policy.concurrentCalls - this.limit.executionSlots;
  }

  get callsWaiting(): number {
    return this.policy.waitingCalls - this.limit.queueSlots;
  }

  /** Sends a call under the policy. It ends at its deadline, wherever it waits. */
  async execute<T>(send: () => Promise<T>, { until, isIdempotent }: CallOptions): Promise<T> {
    if (this.circuit === 'open' && performance.now() - this.openedAt < this.policy.breakForMs) this.rejectBroken();
    if (isIdempotent) this.budget.noteCall();
    const work = (): Promise<T> => this.attempt(send, until);
    return endingAt(
      until,
      this.limit.execute(() => (isIdempotent ? this.retry.execute(work) : work())),
    );
  }

  private async attempt<T>(send: () => Promise<T>, until: Date): Promise<T> {
    if (until.getTime() <= wallClockMs()) throw new NotSent();
    // One call tries the dependency; cockatiel would let all others wait for its outcome, beyond their deadlines.
    if (this.circuit === 'half_open') this.rejectBroken();
    return this.breaker.execute(send);
  }

  private rejectBroken(): never {
    rejected.inc({ dependency: this.name, reason: 'circuit_open' });
    throw new BrokenCircuitError();
  }

  private mayRetry(): boolean {
    if (!this.budget.isSpent) return true;
    retried.inc({ dependency: this.name, outcome: 'suppressed' });
    return false;
  }
}

async function endingAt<T>(until: Date, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotSent()), until.getTime() - wallClockMs() + graceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
