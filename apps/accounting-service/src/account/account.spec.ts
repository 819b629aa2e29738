import { orderId } from '@ftgo/ftgo';
import { DomainError, IllegalTransition, Money } from '@ftgo/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountMother, adaId, after, authorize, capture, money, reverse, revise } from '../../test/account.mother.js';
import { AccountIsDisabled, CreditLimitExceeded, CreditLimitTooLow } from './account.errors.js';
import { Account, type AccountEvent, stateAfter } from './account.js';
import { accountStream } from './account.stream.js';
import { accountTransitions, authorizationTransitions, type OpenState } from './account-state.js';

describe('an account', () => {
  it('is opened once', () => {
    expect(AccountMother.unopened().open()).toEqual([{ kind: 'AccountOpened' }]);
    expect(AccountMother.unlimited()).toMatchObject({ id: adaId, version: 1, state: 'ACTIVE', isOpened: true });
    expect(() => AccountMother.active().open()).toThrow(IllegalTransition);
  });

  it('can be disabled and enabled again', () => {
    expect(AccountMother.disabled().state).toBe('DISABLED');
    expect(after(AccountMother.disabled(), (account) => account.enable()).state).toBe('ACTIVE');
    expect(() => AccountMother.disabled().disable()).toThrow(IllegalTransition);
    expect(() => AccountMother.active().enable()).toThrow(IllegalTransition);
  });

  it('publishes what has happened, with the authorisation that it concerns', () => {
    const charged = AccountMother.charged();
    const held = { orderId: orderId(17), authorizationId: 117, amount: money('60.00') };
    expect(AccountMother.active().disable()).toEqual([{ kind: 'AccountDisabled' }]);
    expect(AccountMother.disabled().enable()).toEqual([{ kind: 'AccountEnabled' }]);
    expect(AccountMother.active().authorize(held)).toEqual([{ kind: 'CardAuthorized', ...held }]);
    expect(revise(17, '70.00')(charged)).toEqual([{ kind: 'AuthorizationRevised', ...held, amount: money('70.00') }]);
    expect(reverse(17)(charged)).toEqual([{ kind: 'AuthorizationReversed', ...held }]);
    expect(charged.openAuthorizations).toEqual([{ ...held, state: 'AUTHORIZED' }]);
    expect([AccountMother.unopened().isOpened, AccountMother.unopened().state]).toEqual([false, 'UNOPENED']);
  });

  it('states in its errors what is not allowed, and how much is available', () => {
    expect(() => AccountMother.active().open()).toThrow('cannot open account 3 in state ACTIVE');
    expect(() => capture(18)(AccountMother.charged())).toThrow(/^cannot capture [\w ]*authorisation .*18 in state ABSENT$/);
    expect(() => authorize(18, '40.01')(AccountMother.charged())).toThrow(new CreditLimitExceeded(adaId, money('40.01'), money('40.00')));
    expect(() => revise(17, '100.01')(AccountMother.charged())).toThrow(new CreditLimitExceeded(adaId, money('100.01'), money('100.00')));
  });

  it('is changed only by applying events, not by deciding on them', () => {
    const account = AccountMother.active();
    authorize(17, '60.00')(account);
    expect(account.authorized).toEqual(Money.zero);
  });
});

describe('an authorisation', () => {
  it('is held until it is reversed', () => {
    expect(AccountMother.charged()).toMatchObject({ authorized: money('60.00'), available: money('40.00') });
    const reversed = after(AccountMother.charged(), reverse(17));
    expect(reversed).toMatchObject({ authorized: Money.zero, available: money('100.00') });
    expect(reversed.openAuthorizations).toEqual([]);
  });

  it('can use up the limit, but not one cent more', () => {
    expect(after(AccountMother.charged(), authorize(18, '40.00')).available).toEqual(Money.zero);
    expect(() => authorize(18, '40.01')(AccountMother.charged())).toThrow(CreditLimitExceeded);
  });

  it('is revised up and down, within the limit', () => {
    const up = after(AccountMother.charged(), revise(17, '100.00'));
    expect(up.available).toEqual(Money.zero);
    const down = after(up, revise(17, '10.00'));
    expect(down).toMatchObject({ authorized: money('10.00') });
    expect(down.openAuthorizations).toMatchObject([{ authorizationId: 117, state: 'REVISED' }]);
    expect(() => revise(17, '100.01')(down)).toThrow(CreditLimitExceeded);
  });

  it('is captured once, with its latest amount, and frees the limit for others', () => {
    const revised = after(AccountMother.charged(), revise(17, '90.00'));
    expect(capture(17)(revised)).toEqual([
      { kind: 'AuthorizationCaptured', orderId: orderId(17), authorizationId: 117, amount: money('90.00') },
    ]);
    const captured = after(revised, capture(17), authorize(18, '100.00'), capture(18));
    expect(captured).toMatchObject({ authorized: Money.zero, captured: money('190.00'), available: money('100.00') });
    expect(captured.openAuthorizations).toEqual([]);
  });

  it('is dropped from the account once settled: the snapshot stays small after 10,000 delivered orders', () => {
    let account = AccountMother.unlimited();
    for (let order = 1; order <= 10_000; order++) account = after(account, authorize(order, '61.70'), capture(order));
    expect(account).toMatchObject({ version: 20_001, captured: money('617000.00') });
    expect(JSON.stringify(accountStream.snapshots.write(account)).length).toBeLessThan(200);
  });

  it('cannot be made or revised while the account is disabled, but can be reversed and captured', () => {
    const disabled = after(AccountMother.charged(), (account) => account.disable());
    expect(() => authorize(18, '1.00')(disabled)).toThrow(AccountIsDisabled);
    expect(() => revise(17, '1.00')(disabled)).toThrow(AccountIsDisabled);
    expect(after(disabled, reverse(17)).authorized).toEqual(Money.zero);
    expect(after(disabled, capture(17)).captured).toEqual(money('60.00'));
  });

  it('of one order does not change those of others, nor is a reversed one captured', () => {
    const both = after(AccountMother.charged(), authorize(18, '30.00'));
    expect(after(both, reverse(17))).toMatchObject({ authorized: money('30.00'), captured: Money.zero });
    expect(after(both, capture(17))).toMatchObject({ authorized: money('30.00'), captured: money('60.00') });
    expect(after(both, capture(17)).authorizationOf(orderId(18))?.amount).toEqual(money('30.00'));
  });

  it('that was never made needs no reversal', () => {
    expect(AccountMother.active().reverse(orderId(17))).toEqual([]);
    expect(AccountMother.unopened().reverse(orderId(17))).toEqual([]);
  });

  it.each([
    ['made twice for an order', authorize(17, '1.00')],
    ['revised if it was never made', revise(18, '1.00')],
    ['captured if it was never made', capture(18)],
  ])('cannot be %s', (_, act) => {
    const account = AccountMother.charged();
    expect(() => act(account)).toThrow(IllegalTransition);
  });

  it.each(['REVERSED', 'CAPTURED'] as const)('that was %s is final', (settled) => {
    const account = AccountMother.active();
    const [id, amount] = [orderId(17), money('1.00')];
    for (const act of [
      () => account.authorize({ orderId: id, authorizationId: 118, amount }, settled),
      () => account.revise(id, amount, settled),
      () => account.reverse(id, settled),
      () => account.capture(id, settled),
    ])
      expect(act).toThrow(IllegalTransition);
  });
});

describe('the state tables, from which the diagrams are generated', () => {
  it('lead to the states that the events lead to', () => {
    const next = (state: OpenState | 'ABSENT', action: string) => authorizationTransitions.next(state, action, 1);
    expect(next('ABSENT', 'authorize')).toBe(stateAfter.CardAuthorized);
    for (const open of ['AUTHORIZED', 'REVISED'] as const) {
      expect(next(open, 'revise')).toBe(stateAfter.AuthorizationRevised);
      expect(next(open, 'reverse')).toBe(stateAfter.AuthorizationReversed);
      expect(next(open, 'capture')).toBe(stateAfter.AuthorizationCaptured);
    }
    expect(accountTransitions.next('UNOPENED', 'open', 1)).toBe(AccountMother.active().state);
    expect(accountTransitions.next('ACTIVE', 'disable', 1)).toBe(AccountMother.disabled().state);
    expect(accountTransitions.next('DISABLED', 'enable', 1)).toBe(AccountMother.active().state);
  });
});

describe('a credit limit', () => {
  const limited = (limit: string) => AccountMother.charged().changeCreditLimit(money(limit));

  it('does not exist until one is set; without one no amount is too large', () => {
    const rich = after(
      AccountMother.unlimited(),
      authorize(17, '9999999999999.99'),
      authorize(18, '61.70'),
      revise(18, '9999999999999.99'),
    );
    expect(rich).toMatchObject({ creditLimit: undefined, available: undefined, authorized: Money.ofMinorUnits(1_999_999_999_999_998) });
    const open = after(AccountMother.unlimited(), authorize(17, '60.00'));
    expect(() => open.changeCreditLimit(money('59.99'))).toThrow(CreditLimitTooLow);
    expect(after(open, (account) => account.changeCreditLimit(money('60.00')))).toMatchObject({ available: Money.zero });
  });

  it('is implied by the largest amount of money that can be represented', () => {
    const almost = Array.from({ length: 9 }, (_, i) => authorize(i + 1, '9999999999999.99')).reduce(
      (account, act) => after(account, act),
      AccountMother.unlimited(),
    );
    expect(() => authorize(10, '9999999999999.99')(almost)).toThrow(CreditLimitExceeded);
    expect(after(almost, authorize(10, '71992547410.00')).authorized).toEqual(Money.ofMinorUnits(Number.MAX_SAFE_INTEGER));
  });

  it('can be changed, but not below the open authorisations', () => {
    expect(limited('60.00')).toEqual([{ kind: 'CreditLimitChanged', creditLimit: money('60.00') }]);
    expect(() => limited('59.99')).toThrow(CreditLimitTooLow);
  });

  it('that stays the same produces no event', () => {
    expect(limited('100.00')).toEqual([]);
  });
});

describe('an account after any sequence of operations', () => {
  const cents = fc.integer({ min: 0, max: 15_000 }).map((minorUnits) => Money.ofMinorUnits(minorUnits));
  const order = fc.integer({ min: 1, max: 6 }).map(orderId);
  const acts = fc.oneof(
    fc
      .record({ orderId: order, authorizationId: fc.nat(), amount: cents })
      .map((charge) => (account: Account) => account.authorize(charge)),
    fc.tuple(order, cents).map(
      ([id, amount]) =>
        (account: Account) =>
          account.revise(id, amount),
    ),
    order.map((id) => (account: Account) => account.reverse(id)),
    order.map((id) => (account: Account) => account.capture(id)),
    cents.map((limit) => (account: Account) => account.changeCreditLimit(limit)),
    fc.constant((account: Account) => account.disable()),
    fc.constant((account: Account) => account.enable()),
  );

  /** The events of these operations; rejected ones are left out. */
  const happened = (asked: Array<(account: Account) => AccountEvent[]>): AccountEvent[] => {
    let account = AccountMother.unlimited();
    return asked.flatMap((act) => {
      try {
        const events = act(account);
        account = events.reduce((before, event) => before.after(event), account);
        return events;
      } catch (error) {
        if (error instanceof DomainError) return [];
        throw error;
      }
    });
  };
  const fold = (account: Account, events: readonly AccountEvent[]) => events.reduce((before, event) => before.after(event), account);

  it('has open authorisations within its limit', () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 40 }), (asked) => {
        let account = AccountMother.unlimited();
        for (const event of happened(asked)) {
          account = account.after(event);
          expect(account.available?.lessThan(Money.zero)).not.toBe(true);
        }
      }),
    );
  });

  it('is equal when restored from a snapshot and the events since', () => {
    const { snapshots } = accountStream;
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 40 }), fc.nat(40), (asked, point) => {
        const events = happened(asked);
        const snapshot = snapshots.write(fold(AccountMother.unlimited(), events.slice(0, point)));
        const restored = snapshots.read(adaId, JSON.parse(JSON.stringify(snapshot)) as never);
        expect(fold(restored, events.slice(point))).toEqual(fold(AccountMother.unlimited(), events));
      }),
    );
  });
});
