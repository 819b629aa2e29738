import { DomainError } from '@ftgo/kernel';

/** The request has no valid access token. */
export class Unauthenticated extends DomainError {
  constructor(
    reason: string,
    /** Whether there was a token. */
    readonly hasToken = true,
  ) {
    super('UNAUTHENTICATED', 'unauthenticated', reason);
  }
}

/** The principal has none of the roles that the operation requires. */
export class RoleRequired extends DomainError {
  constructor(roles: readonly string[]) {
    super('ROLE_REQUIRED', 'forbidden', `this requires the role ${roles.join(' or ')}`);
  }
}

/** Nothing states who may use the operation. */
export class Undecided extends DomainError {
  constructor() {
    super('ACCESS_UNDECIDED', 'forbidden', 'no role may do this while security is on');
  }
}

/** The issuer's keys are unknown, and it does not respond. */
export class IssuerUnavailable extends Error {
  /** `doing` completes the sentence “cannot … the issuer”. */
  constructor(doing: 'read the keys of' | 'get a token from', issuer: string, options: ErrorOptions) {
    super(`cannot ${doing} the issuer ${issuer}`, options);
    this.name = 'IssuerUnavailable';
  }
}
