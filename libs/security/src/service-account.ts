import { DomainError } from '@ftgo/kernel';
import { decodeJwt } from 'jose';
import { caller } from './caller.js';
import { type DiscoveredIssuer, discoveryUrlOf } from './discovery.js';
import { IssuerUnavailable } from './errors.js';
import type { Principal } from './principal.js';

export interface ServiceAccountSettings extends DiscoveredIssuer {
  readonly clientId: string;
  /** The secret now: it may be replaced while the process runs. */
  readonly clientSecret: () => string;
}

const requestWithinMs = 3_000;
/** A token is replaced this long before it expires. */
const renewedBeforeMs = 30_000;
/** A rejected token is kept this long, so that a service that rejects every token does not burden the issuer. */
const keptForMs = 5_000;

interface Token {
  readonly principal: Principal;
  readonly receivedAt: number;
  readonly until: number;
}

/** Lets a process call other services in its own name (OAuth 2.0, client credentials), for work that belongs to no request. */
export class ServiceAccount {
  /** The secret that the issuer accepted last. */
  private accepted: string | undefined;
  private current: Promise<Token> | undefined;

  constructor(private readonly settings: ServiceAccountSettings) {}

  /**
   * Runs work whose calls carry the token of this process. If a service rejects the token, for example because the issuer has
   * withdrawn the key that signed it, the work is run once more with a new one: it must have no effect until it is admitted.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const token = await this.token();
    try {
      return await caller.run(token.principal, work);
    } catch (error) {
      if (!isRejection(error)) throw error;
      const next = await this.tokenAfter(token);
      if (next === token) throw error;
      return caller.run(next.principal, work);
    }
  }

  private async tokenAfter(rejected: Token): Promise<Token> {
    const pending = this.current;
    const token = await this.token();
    if (token !== rejected || performance.now() - rejected.receivedAt < keptForMs) return token;
    this.drop(pending);
    return this.token();
  }

  private async token(): Promise<Token> {
    this.current ??= this.requested();
    const pending = this.current;
    try {
      const token = await pending;
      if (performance.now() < token.until) return token;
    } catch (cause) {
      this.drop(pending);
      throw new IssuerUnavailable('get a token from', this.settings.issuer, { cause });
    }
    this.drop(pending);
    return this.token();
  }

  /** Unless another call has replaced it already. */
  private drop(pending: Promise<Token> | undefined): void {
    if (this.current === pending) this.current = undefined;
  }

  private async requested(): Promise<Token> {
    const { issuer, clientId } = this.settings;
    const { access_token: token, expires_in: seconds } = await this.response();
    const claims = decodeJwt(String(token));
    const expiresAt = new Date(Number(claims.exp) * 1_000);
    const principal = { issuer, subject: claims.sub ?? clientId, roles: new Set<string>(), claims, expiresAt, token: String(token) };
    const receivedAt = performance.now();
    return { principal, receivedAt, until: receivedAt + Math.max(1_000, Number(seconds) * 1_000 - renewedBeforeMs) };
  }

  /** While a secret is being replaced, the issuer may still expect the one that it accepted last. */
  private async response(): Promise<Record<string, unknown>> {
    const { token_endpoint: url } = await fetched(discoveryUrlOf(this.settings), {});
    const secret = this.settings.clientSecret();
    try {
      const response = await this.requestAt(String(url), secret);
      this.accepted = secret;
      return response;
    } catch (error) {
      if (this.accepted === undefined || this.accepted === secret) throw error;
      return this.requestAt(String(url), this.accepted);
    }
  }

  private requestAt(url: string, secret: string): Promise<Record<string, unknown>> {
    const credentials = `${encodeURIComponent(this.settings.clientId)}:${encodeURIComponent(secret)}`;
    return fetched(url, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
  }
}

const isRejection = (error: unknown): boolean => error instanceof DomainError && error.kind === 'unauthenticated';

async function fetched(url: string, request: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(requestWithinMs) });
  if (!response.ok) throw new Error(`${url} responded with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
