import { DomainError } from '@ftgo/kernel';

/** The same key came with another body. */
export class IdempotencyKeyReused extends DomainError {
  constructor(key: string) {
    super('IDEMPOTENCY_KEY_REUSED', 'rule-broken', `"${key}" came with another body before: use a key of its own for each request`);
  }
}

/** The first request under the same key has not been answered yet. */
export class RequestInProgress extends DomainError {
  constructor(key: string) {
    super('REQUEST_IN_PROGRESS', 'conflict', `the first request with "${key}" is still running: ask again for its answer`);
  }
}
