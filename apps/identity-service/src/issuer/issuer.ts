import { randomBytes } from 'node:crypto';
import type { AdapterFactory, Provider } from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import type { Accounts } from '../accounts/accounts.js';
import { type ProviderSettings, providerOf } from './provider.js';
import { SigningKeys } from './signing-keys.js';

export interface IssuerSettings extends Omit<ProviderSettings, 'cookieKey'> {
  readonly keyPeriodMs: number;
}

/** Issues tokens, and replaces its keys while it runs. Sessions and keys are kept in memory: after a restart, people sign in again. */
export class Issuer {
  private readonly settings: ProviderSettings;
  private readonly adapter: AdapterFactory = createMemoryAdapter();
  private timer: NodeJS.Timeout | undefined;
  private served: Provider;

  private constructor(
    private readonly accounts: Accounts,
    settings: IssuerSettings,
    private keys: SigningKeys,
  ) {
    this.settings = { ...settings, cookieKey: randomBytes(32).toString('hex') };
    this.served = providerOf(this.settings, keys, accounts, this.adapter);
  }

  static async create(accounts: Accounts, settings: IssuerSettings): Promise<Issuer> {
    const issuer = new Issuer(accounts, settings, await SigningKeys.create());
    issuer.timer = setInterval(() => void issuer.rotate(), settings.keyPeriodMs).unref();
    return issuer;
  }

  get provider(): Provider {
    return this.served;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async rotate(): Promise<void> {
    this.keys = await this.keys.rotated();
    this.served = providerOf(this.settings, this.keys, this.accounts, this.adapter);
  }
}
