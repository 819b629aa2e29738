import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { type DiscoveredIssuer, discoveryUrlOf } from './discovery.js';
import { IssuerUnavailable } from './errors.js';

const fetchWithinMs = 3_000;
/** After this time, keys are read again, so that a key that the issuer has withdrawn is not accepted forever. */
const keptMs = 10 * 60_000;
/** A token with an unknown key causes the keys to be read, at most this often: anyone can send one. */
const readAgainAfterMs = 1_000;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

/**
 * The public keys of an issuer. A new key is fetched when the first token signed with it arrives. While the issuer is down, the keys
 * known so far continue to be used.
 */
export class IssuerKeys {
  private remote: Promise<RemoteKeys> | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly issuer: DiscoveredIssuer) {}

  readonly get: JWTVerifyGetKey = async (header, token) => {
    const remote = await this.discovered();
    const known = remote.jwks();
    if (known && this.hasJustFailed) return createLocalJWKSet(known)(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (isAnswer(error)) throw error;
      this.failedAt = performance.now();
      return await this.lastKnown(known, error)(header, token);
    }
  };

  private get hasJustFailed(): boolean {
    return performance.now() - this.failedAt < readAgainAfterMs;
  }

  private lastKnown(known: JSONWebKeySet | undefined, cause: unknown): JWTVerifyGetKey {
    if (known) return createLocalJWKSet(known);
    throw new IssuerUnavailable('read the keys of', this.issuer.issuer, { cause });
  }

  private async discovered(): Promise<RemoteKeys> {
    this.remote ??= this.discover();
    try {
      return await this.remote;
    } catch (cause) {
      this.remote = undefined;
      throw new IssuerUnavailable('read the keys of', this.issuer.issuer, { cause });
    }
  }

  private async discover(): Promise<RemoteKeys> {
    const url = discoveryUrlOf(this.issuer);
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchWithinMs) });
    const { issuer, jwks_uri: keys } = (await response.json()) as { issuer?: string; jwks_uri?: string };
    if (issuer !== this.issuer.issuer || !keys)
      throw new Error(
        `invalid discovery document at ${url}: issuer is ${issuer}, jwks_uri is ${keys}; expected issuer ${this.issuer.issuer} and a jwks_uri`,
      );
    return createRemoteJWKSet(new URL(keys), {
      timeoutDuration: fetchWithinMs,
      cacheMaxAge: keptMs,
      cooldownDuration: readAgainAfterMs,
    });
  }
}

/** Whether the keys were read, and the error is about the token. */
const isAnswer = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported;
