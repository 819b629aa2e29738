import { type PastEvent, retryingConflicts } from '@ftgo/event-sourcing';
import type { Money, OrderId } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import type { Account, AccountEvent, AccountId } from './account.js';
import { AccountRepository } from './account.repository.js';

export interface Charge {
  readonly accountId: AccountId;
  readonly orderId: OrderId;
  readonly amount: Money;
}

/** The use cases of an account; each is one transaction, tried again when another was faster, or a part of the one that is open. */
@Injectable()
export class AccountingService {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: AccountRepository,
  ) {}

  getAccount(id: AccountId): Promise<Account> {
    return this.accounts.get(id);
  }

  /** What has happened to the account after an event, oldest first, at most 1,000; nothing to one that is not there. */
  getEntries(id: AccountId, after = 0): Promise<Array<PastEvent<AccountEvent>>> {
    return this.accounts.history(id, after);
  }

  /** An account that is open already stays as it is. */
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
      const authorizationId = await this.accounts.nextAuthorizationId();
      await this.accounts.save(account, account.authorize({ orderId, authorizationId, amount }));
      return authorizationId;
    });
  }

  reviseAuthorization({ accountId, orderId, amount }: Charge): Promise<void> {
    return this.change(accountId, (account) => account.revise(orderId, amount));
  }

  /** Of an account that was never opened there is nothing to give back. */
  reverseAuthorization(accountId: AccountId, orderId: OrderId): Promise<void> {
    return retryingConflicts(this.transactions, async () => {
      const account = await this.accounts.load(accountId);
      await this.accounts.save(account, account.reverse(orderId));
    });
  }

  private change(id: AccountId, act: (account: Account) => AccountEvent[]): Promise<void> {
    return retryingConflicts(this.transactions, async () => {
      const account = await this.accounts.get(id);
      await this.accounts.save(account, act(account));
    });
  }
}
