import { currentSecret, issuerIsDown, type SecurityConfig, tokenSettings } from '@ftgo/platform';
import { IssuerUnavailable, ServiceAccount } from '@ftgo/security';

export interface IdentityConfig extends SecurityConfig {
  readonly oidcClientId?: string | undefined;
  readonly oidcClientSecret?: string | undefined;
}

/** The gateway's own identity, for calls on behalf of several clients at once, or after a service has decided what a client may see. */
export class ServiceIdentity {
  private readonly account: ServiceAccount | undefined;

  constructor(config: IdentityConfig) {
    const settings = tokenSettings(config);
    const { oidcClientId: clientId = 'api-gateway', oidcClientSecret: clientSecret = '' } = config;
    this.account = settings && new ServiceAccount({ ...settings, clientId, clientSecret: () => currentSecret(clientSecret) });
  }

  /** Runs work whose calls carry the gateway's own token; with security off, no token. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.account) return work();
    try {
      return await this.account.run(work);
    } catch (error) {
      throw error instanceof IssuerUnavailable ? issuerIsDown(error) : error;
    }
  }
}
