import { type ConsumerId, Money, type OrderId } from '@ftgo/kernel';
import { AccountIsDisabled, CreditLimitExceeded, CreditLimitTooLow } from './account.errors.js';
import { type AccountState, type AuthorizationState, accountTransitions, authorizationTransitions } from './account-state.js';

/** The account of a consumer has the consumer's id. */
export type AccountId = ConsumerId;

/** What is held on an account for an order. */
export interface Authorization {
  readonly orderId: OrderId;
  readonly authorizationId: number;
  readonly state: AuthorizationState;
  readonly amount: Money;
}

type AboutAuthorization = Omit<Authorization, 'state'>;

export type AuthorizationEvent =
  | ({ readonly kind: 'CardAuthorized' } & AboutAuthorization)
  | ({ readonly kind: 'AuthorizationRevised' } & AboutAuthorization)
  | ({ readonly kind: 'AuthorizationReversed' } & AboutAuthorization);

export type AccountEvent =
  | AuthorizationEvent
  | { readonly kind: 'AccountOpened' }
  | { readonly kind: 'AccountDisabled' }
  | { readonly kind: 'AccountEnabled' }
  | { readonly kind: 'CreditLimitChanged'; readonly creditLimit: Money };

/** Which state an authorisation has after an event. */
export const stateAfter: Record<AuthorizationEvent['kind'], AuthorizationState> = {
  CardAuthorized: 'AUTHORIZED',
  AuthorizationRevised: 'REVISED',
  AuthorizationReversed: 'REVERSED',
};

export interface AccountFields {
  readonly version: number;
  readonly state: AccountState;
  /** Absent until one is set: then nothing is refused for its amount. */
  readonly creditLimit: Money | undefined;
  readonly authorizations: readonly Authorization[];
}

/**
 * Event-sourced: what is asked of an account is answered with events, and changes nothing; `after` is the account once an
 * event has happened. The sum of its open authorisations never exceeds its limit, if it has one.
 */
export class Account {
  private constructor(
    readonly id: AccountId,
    /** How many events it has had. */
    readonly version: number,
    readonly state: AccountState,
    readonly creditLimit: Money | undefined,
    private readonly byOrder: ReadonlyMap<OrderId, Authorization>,
  ) {}

  /** As it is before anything has happened to it. */
  static before(id: AccountId): Account {
    return new Account(id, 0, 'UNOPENED', undefined, new Map());
  }

  static of(id: AccountId, { version, state, creditLimit, authorizations }: AccountFields): Account {
    return new Account(id, version, state, creditLimit, new Map(authorizations.map((each) => [each.orderId, each])));
  }

  open(): AccountEvent[] {
    accountTransitions.next(this.state, 'open');
    return [{ kind: 'AccountOpened' }];
  }

  disable(): AccountEvent[] {
    accountTransitions.next(this.state, 'disable');
    return [{ kind: 'AccountDisabled' }];
  }

  enable(): AccountEvent[] {
    accountTransitions.next(this.state, 'enable');
    return [{ kind: 'AccountEnabled' }];
  }

  /** The same limit again changes nothing. */
  changeCreditLimit(creditLimit: Money): AccountEvent[] {
    if (creditLimit.lessThan(this.authorized)) throw new CreditLimitTooLow(this.id, creditLimit, this.authorized);
    return this.creditLimit?.equals(creditLimit) ? [] : [{ kind: 'CreditLimitChanged', creditLimit }];
  }

  authorize({ orderId, authorizationId, amount }: AboutAuthorization): AccountEvent[] {
    this.check('authorize', orderId);
    this.checkCredit(amount);
    return [{ kind: 'CardAuthorized', orderId, authorizationId, amount }];
  }

  /** To a new amount, larger or smaller. */
  revise(orderId: OrderId, amount: Money): AccountEvent[] {
    this.check('revise', orderId);
    const { authorizationId, amount: held } = this.byOrder.get(orderId) as Authorization;
    this.checkCredit(amount, held);
    return [{ kind: 'AuthorizationRevised', orderId, authorizationId, amount }];
  }

  /** Also of a disabled account: money is given back at any time. What was never held needs nothing. */
  reverse(orderId: OrderId): AccountEvent[] {
    const held = this.byOrder.get(orderId);
    if (!held) return [];
    this.check('reverse', orderId);
    const { authorizationId, amount } = held;
    return [{ kind: 'AuthorizationReversed', orderId, authorizationId, amount }];
  }

  after(event: AccountEvent): Account {
    switch (event.kind) {
      case 'AccountDisabled':
        return this.with({ state: 'DISABLED' });
      case 'AccountOpened':
      case 'AccountEnabled':
        return this.with({ state: 'ACTIVE' });
      case 'CreditLimitChanged':
        return this.with({ creditLimit: event.creditLimit });
      case 'CardAuthorized':
      case 'AuthorizationRevised':
      case 'AuthorizationReversed': {
        const { kind, orderId, authorizationId, amount } = event;
        const authorization = { orderId, authorizationId, state: stateAfter[kind], amount };
        return this.with({ byOrder: new Map(this.byOrder).set(orderId, authorization) });
      }
      default:
        return event satisfies never;
    }
  }

  get isOpened(): boolean {
    return this.state !== 'UNOPENED';
  }

  /** The sum of the open authorisations. */
  get authorized(): Money {
    return this.authorizations.filter(isOpen).reduce((sum, { amount }) => sum.plus(amount), Money.zero);
  }

  /** What may still be authorised; undefined without a limit. */
  get available(): Money | undefined {
    return this.creditLimit && this.leftOf(this.creditLimit);
  }

  get authorizations(): readonly Authorization[] {
    return [...this.byOrder.values()];
  }

  private check(action: string, orderId: OrderId): void {
    authorizationTransitions.next(this.byOrder.get(orderId)?.state ?? 'ABSENT', action);
  }

  /** For an amount that takes the place of what is held already. */
  private checkCredit(amount: Money, held = Money.zero): void {
    if (this.state !== 'ACTIVE') throw new AccountIsDisabled(this.id);
    const available = this.leftOf(this.creditLimit ?? mostThatCanBeCounted).plus(held);
    if (available.lessThan(amount)) throw new CreditLimitExceeded(this.id, amount, available);
  }

  private leftOf({ minorUnits, currency }: Money): Money {
    return Money.ofMinorUnits(minorUnits - this.authorized.minorUnits, currency);
  }

  private with(change: Partial<Pick<Account, 'state' | 'creditLimit'>> & { byOrder?: ReadonlyMap<OrderId, Authorization> }): Account {
    const { state = this.state, creditLimit = this.creditLimit, byOrder = this.byOrder } = change;
    return new Account(this.id, this.version + 1, state, creditLimit, byOrder);
  }
}

/** Beyond this the sum of an account could not be told any more. */
const mostThatCanBeCounted = Money.ofMinorUnits(Number.MAX_SAFE_INTEGER);

const isOpen = ({ state }: Authorization): boolean => state !== 'REVERSED';
