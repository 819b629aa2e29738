import { decodeJwt } from 'jose';
import { caller } from './caller.js';
import { type DiscoveredIssuer, discoveryUrlOf } from './discovery.js';
import { IssuerUnavailable } from './errors.js';
import type { Principal } from './principal.js';

export interface ServiceAccountSettings extends DiscoveredIssuer {
  readonly clientId: string;
  readonly clientSecret: string;
}

const requestWithinMs = 3_000;
/** A token is replaced this long before it expires. */
const renewedBeforeMs = 30_000;

/** Lets a process call other services in its own name (OAuth 2.0, client credentials), for work that belongs to no request. */
export class ServiceAccount {
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
      throw new IssuerUnavailable(this.settings.issuer, { cause });
    }
    this.current = undefined;
    return this.principal();
  }

  private async requested(): Promise<{ principal: Principal; until: number }> {
    const { issuer, clientId, clientSecret } = this.settings;
    const description = await fetched(discoveryUrlOf(this.settings), {});
    const authorization = `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`;
    const { access_token: token, expires_in: seconds } = await fetched(String(description['token_endpoint']), {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const claims = decodeJwt(String(token));
    const expiresAt = new Date(Number(claims.exp) * 1_000);
    const principal = { issuer, subject: claims.sub ?? clientId, roles: new Set<string>(), claims, expiresAt, token: String(token) };
    return { principal, until: performance.now() + Math.max(1_000, Number(seconds) * 1_000 - renewedBeforeMs) };
  }
}

async function fetched(url: string, request: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(requestWithinMs) });
  if (!response.ok) throw new Error(`${url} responded with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
