import type { Decision } from './decision.js';
import { RoleRequired, Unauthenticated, Undecided } from './errors.js';
import type { Principal } from './principal.js';
import { type TokenSettings, TokenVerifier } from './token-verifier.js';

/** Admits a request if its access token is valid and has a role that the operation allows. */
export class Gate {
  private readonly verifier: TokenVerifier;

  constructor(settings: TokenSettings) {
    this.verifier = new TokenVerifier(settings);
  }

  /** The principal; undefined for a public operation. Throws Unauthenticated, RoleRequired or IssuerUnavailable. */
  async admit(authorization: string | undefined, decision: Decision | undefined): Promise<Principal | undefined> {
    if (decision === 'public') return undefined;
    const principal = await this.verifier.verify(bearerToken(authorization));
    if (!decision) throw new Undecided();
    if (!decision.some((role) => principal.roles.has(role))) throw new RoleRequired(decision);
    return principal;
  }
}

/** RFC 6750, 2.1. */
function bearerToken(authorization: string | undefined): string {
  if (!authorization) throw new Unauthenticated('send an access token in the header Authorization: Bearer', false);
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
  if (!token) throw new Unauthenticated('the header Authorization must be Bearer followed by an access token');
  return token;
}
