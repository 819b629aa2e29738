import type { ConsumerId, OrderId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { AccountIsDisabled, CreditLimitExceeded, CreditLimitTooLow } from './account.errors.js';
import {
  type AccountState,
  type AuthorizationState,
  accountTransitions,
  authorizationTransitions,
  type OpenState,
  type SettledState,
} from './account-state.js';

/** The account of a consumer has the consumer's id. */
export type AccountId = ConsumerId;

interface AboutAuthorization {
  readonly orderId: OrderId;
  readonly authorizationId: number;
  readonly amount: Money;
}

/** What an account holds for an order, or held. */
export interface Authorization extends AboutAuthorization {
  readonly state: AuthorizationState;
}

export interface OpenAuthorization extends AboutAuthorization {
  readonly state: OpenState;
}

export type AuthorizationEvent =
  | ({ readonly kind: 'CardAuthorized' } & AboutAuthorization)
  | ({ readonly kind: 'AuthorizationRevised' } & AboutAuthorization)
  | ({ readonly kind: 'AuthorizationReversed' } & AboutAuthorization)
  | ({ readonly kind: 'AuthorizationCaptured' } & AboutAuthorization);

export type AccountEvent =
  | AuthorizationEvent
  | { readonly kind: 'AccountOpened' }
  | { readonly kind: 'AccountDisabled' }
  | { readonly kind: 'AccountEnabled' }
  | { readonly kind: 'CreditLimitChanged'; readonly creditLimit: Money };

type OpenEvent = Extract<AuthorizationEvent, { readonly kind: 'CardAuthorized' | 'AuthorizationRevised' }>;

/** Which state an authorisation has after an event. */
export const stateAfter = {
  CardAuthorized: 'AUTHORIZED',
  AuthorizationRevised: 'REVISED',
  AuthorizationReversed: 'REVERSED',
  AuthorizationCaptured: 'CAPTURED',
} as const satisfies Record<AuthorizationEvent['kind'], AuthorizationState>;

export interface AccountFields {
  readonly version: number;
  readonly state: AccountState;
  /** Absent until one is set: then nothing is refused for its amount. */
  readonly creditLimit: Money | undefined;
  readonly captured: Money;
  readonly openAuthorizations: readonly OpenAuthorization[];
}

/**
 * Event-sourced: what is asked of an account is answered with events, and changes nothing; `after` is the account once an
 * event has happened. The sum of its open authorisations never exceeds its limit, if it has one. It forgets authorisations
 * that are settled, so that it stays small however many orders there were; who asks about one says how it was settled.
 */
export class Account {
  private constructor(
    readonly id: AccountId,
    /** How many events it has had. */
    readonly version: number,
    readonly state: AccountState,
    readonly creditLimit: Money | undefined,
    /** The sum of what was captured since it was opened. */
    readonly captured: Money,
    private readonly byOrder: ReadonlyMap<OrderId, OpenAuthorization>,
  ) {}

  /** As it is before anything has happened to it. */
  static before(id: AccountId): Account {
    return new Account(id, 0, 'UNOPENED', undefined, Money.zero, new Map());
  }

  static of(id: AccountId, { version, state, creditLimit, captured, openAuthorizations }: AccountFields): Account {
    return new Account(id, version, state, creditLimit, captured, new Map(openAuthorizations.map((each) => [each.orderId, each])));
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

  authorize({ orderId, authorizationId, amount }: AboutAuthorization, settled?: SettledState): AccountEvent[] {
    this.check('authorize', orderId, settled);
    this.checkCredit(amount);
    return [{ kind: 'CardAuthorized', orderId, authorizationId, amount }];
  }

  /** To a new amount, larger or smaller. */
  revise(orderId: OrderId, amount: Money, settled?: SettledState): AccountEvent[] {
    this.check('revise', orderId, settled);
    const { authorizationId, amount: held } = this.authorizationOf(orderId) as OpenAuthorization;
    this.checkCredit(amount, held);
    return [{ kind: 'AuthorizationRevised', orderId, authorizationId, amount }];
  }

  /** Also of a disabled account: money is given back at any time. What was never held needs nothing. */
  reverse(orderId: OrderId, settled?: SettledState): AccountEvent[] {
    const held = this.authorizationOf(orderId);
    if (!held && !settled) return [];
    this.check('reverse', orderId, settled);
    const { authorizationId, amount } = held as OpenAuthorization;
    return [{ kind: 'AuthorizationReversed', orderId, authorizationId, amount }];
  }

  /** Also of a disabled account: the food was delivered. */
  capture(orderId: OrderId, settled?: SettledState): AccountEvent[] {
    this.check('capture', orderId, settled);
    const { authorizationId, amount } = this.authorizationOf(orderId) as OpenAuthorization;
    return [{ kind: 'AuthorizationCaptured', orderId, authorizationId, amount }];
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
        return this.with({ byOrder: this.holding(event) });
      case 'AuthorizationReversed':
        return this.with({ byOrder: this.without(event.orderId) });
      case 'AuthorizationCaptured':
        return this.with({ byOrder: this.without(event.orderId), captured: this.captured.plus(event.amount) });
      default:
        return event satisfies never;
    }
  }

  get isOpened(): boolean {
    return this.state !== 'UNOPENED';
  }

  /** The sum of the open authorisations. */
  get authorized(): Money {
    return this.openAuthorizations.reduce((sum, { amount }) => sum.plus(amount), Money.zero);
  }

  /** What may still be authorised; undefined without a limit. */
  get available(): Money | undefined {
    return this.creditLimit && difference(this.creditLimit, this.authorized);
  }

  get openAuthorizations(): readonly OpenAuthorization[] {
    return [...this.byOrder.values()];
  }

  authorizationOf(orderId: OrderId): OpenAuthorization | undefined {
    return this.byOrder.get(orderId);
  }

  private check(action: string, orderId: OrderId, settled: SettledState | undefined): void {
    authorizationTransitions.next(this.authorizationOf(orderId)?.state ?? settled ?? 'ABSENT', action);
  }

  /** For an amount that takes the place of what is held already. */
  private checkCredit(amount: Money, held = Money.zero): void {
    if (this.state !== 'ACTIVE') throw new AccountIsDisabled(this.id);
    const countable = difference(difference(mostThatCanBeCounted, this.captured), this.authorized);
    const limits = this.available ? [this.available, countable] : [countable];
    for (const limit of limits) {
      const available = limit.plus(held);
      if (available.lessThan(amount)) throw new CreditLimitExceeded(this.id, amount, available);
    }
  }

  private holding({ kind, orderId, authorizationId, amount }: OpenEvent): ReadonlyMap<OrderId, OpenAuthorization> {
    return new Map(this.byOrder).set(orderId, { orderId, authorizationId, state: stateAfter[kind], amount });
  }

  private without(orderId: OrderId): ReadonlyMap<OrderId, OpenAuthorization> {
    return new Map([...this.byOrder].filter(([id]) => id !== orderId));
  }

  private with(
    change: Partial<Pick<Account, 'state' | 'creditLimit' | 'captured'>> & { byOrder?: ReadonlyMap<OrderId, OpenAuthorization> },
  ): Account {
    const { state = this.state, creditLimit = this.creditLimit, captured = this.captured, byOrder = this.byOrder } = change;
    return new Account(this.id, this.version + 1, state, creditLimit, captured, byOrder);
  }
}

/** The sums of an account cannot be shown beyond this. */
const mostThatCanBeCounted = Money.ofMinorUnits(Number.MAX_SAFE_INTEGER);

const difference = (from: Money, amount: Money): Money => Money.ofMinorUnits(from.minorUnits - amount.minorUnits, from.currency);
