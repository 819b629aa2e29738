import type { ConsumerId, OrderId } from '@ftgo/ftgo';
import { DomainError, type Money } from '@ftgo/kernel';

export class AccountNotFound extends DomainError {
  constructor(id: ConsumerId) {
    super('ACCOUNT_NOT_FOUND', 'not-found', `account ${id} not found`, { accountId: id });
  }
}

/** Never reaches a client: an order is delivered only after its card was authorised. */
export class NothingToCapture extends Error {
  constructor(id: OrderId) {
    super(`cannot capture the authorisation of order ${id}: the order was delivered, but has no authorisation`);
    this.name = 'NothingToCapture';
  }
}

export class AccountIsDisabled extends DomainError {
  constructor(id: ConsumerId) {
    super('ACCOUNT_DISABLED', 'conflict', `account ${id} is disabled`, { accountId: id });
  }
}

export class CreditLimitExceeded extends DomainError {
  constructor(id: ConsumerId, amount: Money, available: Money) {
    super(
      'CREDIT_LIMIT_EXCEEDED',
      'rule-broken',
      `${amount.toString()} exceeds the available credit of account ${id} (${available.toString()})`,
      {
        accountId: id,
        amount: amount.toString(),
        available: available.toString(),
      },
    );
  }
}

export class CreditLimitTooLow extends DomainError {
  constructor(id: ConsumerId, limit: Money, authorized: Money) {
    super(
      'CREDIT_LIMIT_TOO_LOW',
      'rule-broken',
      `credit limit ${limit.toString()} is below the open authorisations of account ${id} (${authorized.toString()})`,
      {
        accountId: id,
        limit: limit.toString(),
        authorized: authorized.toString(),
      },
    );
  }
}
