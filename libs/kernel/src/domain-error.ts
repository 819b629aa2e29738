/** The kind of a domain error; the adapters at the edge map it to an HTTP status, a gRPC status or a failure reply. */
export type DomainErrorKind = 'invalid' | 'rule-broken' | 'not-found' | 'conflict' | 'outdated' | 'unauthenticated' | 'forbidden';

/**
 * An expected failure: the domain understood the request and rejects it. `code` is stable and part of the contract; `message`
 * is for people. Any other error is a bug or an outage.
 */
export class DomainError extends Error {
  constructor(
    readonly code: string,
    readonly kind: DomainErrorKind,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
    this.name = new.target.name;
  }
}
