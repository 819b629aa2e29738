/** What kind of "no" a domain error is; the adapters at the edge translate it (HTTP, gRPC, reply). */
export type DomainErrorKind = 'invalid' | 'rule-broken' | 'not-found' | 'conflict' | 'forbidden';

/**
 * An expected refusal of the domain: the request was understood and the answer is no.
 * `code` is stable and part of the contract; `message` is for people. Anything else that is thrown is a fault.
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
