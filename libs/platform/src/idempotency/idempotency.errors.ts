import { DomainError } from '@ftgo/kernel';

/** The key was used before with another body. */
export class IdempotencyKeyReused extends DomainError {
  constructor(key: string) {
    super(
      'IDEMPOTENCY_KEY_REUSED',
      'rule-broken',
      `Idempotency-Key '${key}' was used before with another body; use a new key for each request`,
    );
  }
}

/** The first request with this key is still in progress. */
export class RequestInProgress extends DomainError {
  constructor(key: string) {
    super(
      'REQUEST_IN_PROGRESS',
      'conflict',
      `the first request with Idempotency-Key '${key}' is still in progress; retry to get its response`,
    );
  }
}
