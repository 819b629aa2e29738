import { type PastEvent, retryingConflicts } from '@ftgo/event-sourcing';
import type { OrderId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Access, Metrics } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';
import { AccountNotFound, NothingToCapture } from './account.errors.js';
import type { Account, AccountEvent, AccountId } from './account.js';
import { AccountRepository } from './account.repository.js';
import type { SettledState } from './account-state.js';
import { AuthorizationView } from './authorization.view.js';

export interface Charge {
  readonly accountId: AccountId;
  readonly orderId: OrderId;
  readonly amount: Money;
}

/** The use cases of an account; each runs in its own transaction and retries on a conflict, or joins the current one. */
@Injectable()
export class AccountingService {
  private readonly log = new Logger(AccountingService.name);
  private readonly uncaptured;

  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: AccountRepository,
    private readonly authorizations: AuthorizationView,
    private readonly access: Access,
    metrics: Metrics,
  ) {
    this.uncaptured = metrics.counter('accounting_uncaptured_deliveries_total', 'Orders delivered after their authorisation was reversed');
    // Export the series from the start: Prometheus sees no increase in a series that begins with 1.
    this.uncaptured.inc(0);
  }

  async getAccount(id: AccountId): Promise<Account> {
    await this.access.demand({ consumer: id }, () => new AccountNotFound(id));
    return this.accounts.get(id);
  }

  /** The events of the account after a version, oldest first, at most 1,000; none if the account does not exist. */
  async getEntries(id: AccountId, after = 0): Promise<Array<PastEvent<AccountEvent>>> {
    if (!(await this.access.allows({ consumer: id }))) return [];
    const entries = await this.accounts.history(id, after);
    return this.access.seesActors ? entries : entries.map((entry) => ({ ...entry, actor: undefined }));
  }

  /** Does nothing if the account is already open. */
  openAccount(id: AccountId): Promise<void> {
    return retryingConflicts(this.transactions, async () => {
      const account = await this.accounts.load(id);
      if (!account.isOpened) await this.accounts.save(account, account.open());
    });
  }

  disableAccount(id: AccountId): Promise<void> {
    return this.change(id, (account) => account.disable());
  }

  enableAccount(id: AccountId): Promise<void> {
    return this.change(id, (account) => account.enable());
  }

  changeCreditLimit(id: AccountId, creditLimit: Money): Promise<void> {
    return this.change(id, (account) => account.changeCreditLimit(creditLimit));
  }

  /** Returns the id of the authorisation. */
  authorizeCard({ accountId, orderId, amount }: Charge): Promise<number> {
    return retryingConflicts(this.transactions, async () => {
      const account = await this.accounts.getOnceOpened(accountId);
      const [settled, authorizationId] = await Promise.all([
        this.authorizations.settledStateOf(orderId),
        this.accounts.nextAuthorizationId(),
      ]);
      await this.accounts.save(account, account.authorize({ orderId, authorizationId, amount }, settled));
      return authorizationId;
    });
  }

  reviseAuthorization({ accountId, orderId, amount }: Charge): Promise<void> {
    return this.change(accountId, async (account) => account.revise(orderId, amount, await this.settled(account, orderId)));
  }

  /** Does nothing for an account that was never opened. */
  reverseAuthorization(accountId: AccountId, orderId: OrderId): Promise<void> {
    return retryingConflicts(this.transactions, async () => {
      const account = await this.accounts.load(accountId);
      await this.accounts.save(account, account.reverse(orderId, await this.settled(account, orderId)));
    });
  }

  /** Called when the order was delivered; does nothing if already captured. */
  captureAuthorization(orderId: OrderId): Promise<void> {
    return retryingConflicts(this.transactions, async () => {
      const authorization = await this.authorizations.find(orderId);
      if (!authorization) throw new NothingToCapture(orderId);
      const account = await this.accounts.load(authorization.accountId);
      const settled = await this.settled(account, orderId);
      if (settled === 'REVERSED') this.noteUncaptured(account, orderId);
      if (!settled) await this.accounts.save(account, account.capture(orderId));
    });
  }

  /** The view knows the settled authorisations that the account has dropped. */
  private async settled(account: Account, orderId: OrderId): Promise<SettledState | undefined> {
    return account.authorizationOf(orderId) ? undefined : this.authorizations.settledStateOf(orderId);
  }

  private noteUncaptured({ id }: Account, orderId: OrderId): void {
    this.uncaptured.inc();
    this.log.warn({ accountId: id, orderId }, 'order delivered after its authorisation was reversed');
  }

  private change(id: AccountId, act: (account: Account) => AccountEvent[] | Promise<AccountEvent[]>): Promise<void> {
    return retryingConflicts(this.transactions, async () => {
      const account = await this.accounts.get(id);
      await this.accounts.save(account, await act(account));
    });
  }
}
