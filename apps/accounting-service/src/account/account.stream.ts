import type { EventFormat, EventSourcedType } from '@ftgo/event-sourcing';
import type { OrderId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Account, type AccountEvent, type AccountFields, type AuthorizationEvent, type OpenAuthorization } from './account.js';
import { toMessage } from './account.messages.js';

interface StoredMoney {
  readonly minorUnits: number;
  readonly currency: string;
}
interface StoredAuthorization {
  readonly orderId: OrderId;
  readonly authorizationId: number;
  readonly amount: StoredMoney;
}
type StoredAccount = Pick<AccountFields, 'version' | 'state'> & {
  readonly creditLimit?: StoredMoney | undefined;
  readonly captured: StoredMoney;
  readonly openAuthorizations: ReadonlyArray<StoredAuthorization & Pick<OpenAuthorization, 'state'>>;
};

const writeMoney = ({ minorUnits, currency }: Money): StoredMoney => ({ minorUnits, currency });
const readMoney = ({ minorUnits, currency }: StoredMoney): Money => Money.ofMinorUnits(minorUnits, currency);

const nothing: EventFormat<{ readonly kind: string }> = { write: () => ({}), read: () => ({}) };

/** Version 1 included a default limit of 10,000.00, which no one had set. */
const opened = { ...nothing, upcasts: [() => ({})] };

const limit = {
  write: ({ creditLimit }: { creditLimit: Money }) => ({ creditLimit: writeMoney(creditLimit) }),
  read: ({ creditLimit }: { creditLimit: StoredMoney }) => ({ creditLimit: readMoney(creditLimit) }),
};

const authorization = {
  write: ({ orderId, authorizationId, amount }: AuthorizationEvent) => ({ orderId, authorizationId, amount: writeMoney(amount) }),
  read: ({ amount, ...ids }: StoredAuthorization) => ({ ...ids, amount: readMoney(amount) }),
};

/** How accounts are stored: their events, and a snapshot of their state now and then. */
export const accountStream: EventSourcedType<Account, AccountEvent> = {
  stream: 'account',
  before: (id) => Account.before(id),
  apply: (account, event) => account.after(event),
  events: {
    AccountOpened: opened,
    AccountDisabled: nothing,
    AccountEnabled: nothing,
    CreditLimitChanged: limit,
    CardAuthorized: authorization,
    AuthorizationRevised: authorization,
    AuthorizationReversed: authorization,
    AuthorizationCaptured: authorization,
  },
  snapshots: {
    format: 2,
    write: ({ version, state, creditLimit, captured, openAuthorizations }): StoredAccount => ({
      version,
      state,
      creditLimit: creditLimit && writeMoney(creditLimit),
      captured: writeMoney(captured),
      openAuthorizations: openAuthorizations.map((each) => ({ ...each, amount: writeMoney(each.amount) })),
    }),
    read: (id, { creditLimit, captured, openAuthorizations, ...rest }: StoredAccount) =>
      Account.of(id, {
        ...rest,
        creditLimit: creditLimit && readMoney(creditLimit),
        captured: readMoney(captured),
        openAuthorizations: openAuthorizations.map((each) => ({ ...each, amount: readMoney(each.amount) })),
      }),
  },
  toMessage,
};
