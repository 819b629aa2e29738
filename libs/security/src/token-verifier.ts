import { errors, jwtVerify } from 'jose';
import type { DiscoveredIssuer } from './discovery.js';
import { Unauthenticated } from './errors.js';
import { IssuerKeys } from './issuer-keys.js';
import type { Principal } from './principal.js';

/** Whose tokens are accepted, and for what they must have been issued. */
export interface TokenSettings extends DiscoveredIssuer {
  readonly audience: string;
}

/**
 * Asymmetric only: with a symmetric algorithm, every service could issue tokens, and an attacker could sign with a public key.
 */
const algorithms = ['RS256', 'ES256'];
/** OpenID Connect Core, 2. */
const validSubject = /^[\x20-\x7e]{1,255}$/;
/** How far the clocks of issuer and services may differ. */
const skewSeconds = 5;

/** Verifies access tokens (JWT) offline, with the issuer's public keys. */
export class TokenVerifier {
  private readonly keys: IssuerKeys;

  constructor(private readonly settings: TokenSettings) {
    this.keys = new IssuerKeys(settings);
  }

  /** Throws Unauthenticated, or IssuerUnavailable if the keys have not been read yet. */
  async verify(token: string): Promise<Principal> {
    const { issuer, audience } = this.settings;
    const expected = { issuer, audience, algorithms, clockTolerance: skewSeconds, requiredClaims: ['sub', 'exp'] };
    try {
      const { payload } = await jwtVerify(token, this.keys.get, expected);
      if (!validSubject.test(String(payload.sub)))
        throw new Unauthenticated('the access token is invalid: sub must be 1 to 255 ASCII characters');
      const expiresAt = new Date(Number(payload.exp) * 1_000);
      return { issuer, subject: String(payload.sub), roles: rolesIn(payload['roles']), claims: payload, expiresAt, token };
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new Unauthenticated(`the access token is invalid: ${error.message}`);
      throw error;
    }
  }
}

const rolesIn = (claim: unknown): ReadonlySet<string> =>
  new Set(Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : []);
