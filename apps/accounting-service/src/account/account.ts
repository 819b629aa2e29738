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

/** An account has the id of its consumer. */
export type AccountId = ConsumerId;

interface AboutAuthorization {
  readonly orderId: OrderId;
  readonly authorizationId: number;
  readonly amount: Money;
}

/** An authorisation of an order on the account, open or settled. */
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

/** The state of an authorisation after an event. */
export const stateAfter = {
  CardAuthorized: 'AUTHORIZED',
  AuthorizationRevised: 'REVISED',
  AuthorizationReversed: 'REVERSED',
  AuthorizationCaptured: 'CAPTURED',
} as const satisfies Record<AuthorizationEvent['kind'], AuthorizationState>;

export interface AccountFields {
  readonly version: number;
  readonly state: AccountState;
  /** Undefined until one is set; without a limit every amount is authorised. */
  readonly creditLimit: Money | undefined;
  readonly captured: Money;
  readonly openAuthorizations: readonly OpenAuthorization[];
}

/**
 * Event-sourced: operations return events and change nothing; `after` returns the account after an event. The sum of open
 * authorisations never exceeds the limit, if there is one. Settled authorisations are dropped, so that the account stays
 * small however many orders there were; the caller passes in how a dropped one was settled.
 */
export class Account {
  private constructor(
    readonly id: AccountId,
    /** Number of events so far. */
    readonly version: number,
    readonly state: AccountState,
    readonly creditLimit: Money | undefined,
    /** The sum of all captures since the account was opened. */
    readonly captured: Money,
    private readonly byOrder: ReadonlyMap<OrderId, OpenAuthorization>,
  ) {}

  /** The account before its first event. */
  static before(id: AccountId): Account {
    return new Account(id, 0, 'UNOPENED', undefined, Money.zero, new Map());
  }

  static of(id: AccountId, { version, state, creditLimit, captured, openAuthorizations }: AccountFields): Account {
    return new Account(id, version, state, creditLimit, captured, new Map(openAuthorizations.map((each) => [each.orderId, each])));
  }

  open(): AccountEvent[] {
    accountTransitions.next(this.state, 'open', this.id);
    return [{ kind: 'AccountOpened' }];
  }

  disable(): AccountEvent[] {
    accountTransitions.next(this.state, 'disable', this.id);
    return [{ kind: 'AccountDisabled' }];
  }

  enable(): AccountEvent[] {
    accountTransitions.next(this.state, 'enable', this.id);
    return [{ kind: 'AccountEnabled' }];
  }

  /** Setting the same limit again has no effect. */
  changeCreditLimit(creditLimit: Money): AccountEvent[] {
    if (creditLimit.lessThan(this.authorized)) throw new CreditLimitTooLow(this.id, creditLimit, this.authorized);
    return this.creditLimit?.equals(creditLimit) ? [] : [{ kind: 'CreditLimitChanged', creditLimit }];
  }

  authorize({ orderId, authorizationId, amount }: AboutAuthorization, settled?: SettledState): AccountEvent[] {
    this.check('authorize', orderId, settled);
    this.checkCredit(amount);
    return [{ kind: 'CardAuthorized', orderId, authorizationId, amount }];
  }

  /** Changes the amount, up or down. */
  revise(orderId: OrderId, amount: Money, settled?: SettledState): AccountEvent[] {
    this.check('revise', orderId, settled);
    const { authorizationId, amount: held } = this.authorizationOf(orderId) as OpenAuthorization;
    this.checkCredit(amount, held);
    return [{ kind: 'AuthorizationRevised', orderId, authorizationId, amount }];
  }

  /** Allowed on a disabled account too: money can be given back at any time. Without an authorisation, it has no effect. */
  reverse(orderId: OrderId, settled?: SettledState): AccountEvent[] {
    const held = this.authorizationOf(orderId);
    if (!held && !settled) return [];
    this.check('reverse', orderId, settled);
    const { authorizationId, amount } = held as OpenAuthorization;
    return [{ kind: 'AuthorizationReversed', orderId, authorizationId, amount }];
  }

  /** Allowed on a disabled account too: the food was delivered. */
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

  /** The amount that can still be authorised; undefined without a limit. */
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
    const state = this.authorizationOf(orderId)?.state ?? settled ?? 'ABSENT';
    authorizationTransitions.next(state, action, `of order ${orderId}`);
  }

  /** Checks an amount that replaces what is already held. */
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

/** The sums of an account cannot be represented beyond this. */
const mostThatCanBeCounted = Money.ofMinorUnits(Number.MAX_SAFE_INTEGER);

const difference = (from: Money, amount: Money): Money => Money.ofMinorUnits(from.minorUnits - amount.minorUnits, from.currency);
