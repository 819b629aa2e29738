import { ExponentialBackoff, handleAll, handleWhen, IterableBackoff, retry } from 'cockatiel';
import { classify, Undecodable } from './errors.js';

/** Two transactions in each other's way: the batch runs again, five times in all. */
export const batchConflicts = retry(
  handleWhen((error) => classify(error) === 'transient'),
  { maxAttempts: 4, backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 200 }) },
);

/** The same for a single message, for as long as it takes: a conflict says nothing about the message. */
export const messageConflicts = retry(
  handleWhen((error) => classify(error) === 'transient'),
  { maxAttempts: Number.POSITIVE_INFINITY, backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 500 }) },
);

/** Tries of a message whose handler throws. */
export const faultTries = 5;

/** The handler threw: five tries within a second, then the message is dead-lettered. What cannot be read will not be readable later. */
export const faults = retry(
  handleWhen((error) => classify(error) === 'fault' && !(error instanceof Undecodable)),
  { maxAttempts: faultTries - 1, backoff: new IterableBackoff([50, 100, 200, 400]) },
);

/**
 * The database or a dependency is away, the inbox fails, or a message can be neither handled nor dead-lettered: tried again
 * for ever. One policy per partition, since each may report its own outage.
 */
export const outages = () =>
  retry(handleAll, {
    maxAttempts: Number.POSITIVE_INFINITY,
    backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 2_000 }),
  });
