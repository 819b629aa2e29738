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

/** Lets a process call other services in its own name (OAuth 2.0, client credentials), for work that belongs to no request. */
export class ServiceAccount {
  /** The secret that the issuer accepted last. */
  private accepted: string | undefined;
  private current: Promise<{ readonly principal: Principal; readonly until: number }> | undefined;

  constructor(private readonly settings: ServiceAccountSettings) {}

  /** Runs work whose calls carry the token of this process. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    return caller.run(await this.principal(), work);
  }

  private async principal(): Promise<Principal> {
    this.current ??= this.requested();
    try {
      const { principal, until } = await this.current;
      if (performance.now() < until) return principal;
    } catch (cause) {
      this.current = undefined;
      throw new IssuerUnavailable('get a token from', this.settings.issuer, { cause });
    }
    this.current = undefined;
    return this.principal();
  }

  private async requested(): Promise<{ principal: Principal; until: number }> {
    const { issuer, clientId } = this.settings;
    const { access_token: token, expires_in: seconds } = await this.response();
    const claims = decodeJwt(String(token));
    const expiresAt = new Date(Number(claims.exp) * 1_000);
    const principal = { issuer, subject: claims.sub ?? clientId, roles: new Set<string>(), claims, expiresAt, token: String(token) };
    return { principal, until: performance.now() + Math.max(1_000, Number(seconds) * 1_000 - renewedBeforeMs) };
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

async function fetched(url: string, request: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(requestWithinMs) });
  if (!response.ok) throw new Error(`${url} responded with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
