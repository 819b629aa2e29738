import { orderId } from '@ftgo/ftgo';
import { DomainError, IllegalTransition, Money } from '@ftgo/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountMother, adaId, after, authorize, capture, money, reverse, revise } from '../../test/account.mother.js';
import { AccountIsDisabled, CreditLimitExceeded, CreditLimitTooLow } from './account.errors.js';
import { Account, type AccountEvent } from './account.js';
import { accountStream } from './account.stream.js';

describe('an account', () => {
  it('is opened once', () => {
    expect(AccountMother.unopened().open()).toEqual([{ kind: 'AccountOpened' }]);
    expect(AccountMother.unlimited()).toMatchObject({ id: adaId, version: 1, state: 'ACTIVE', isOpened: true });
    expect(() => AccountMother.active().open()).toThrow(IllegalTransition);
  });

  it('is disabled and enabled again, in turns', () => {
    expect(AccountMother.disabled().state).toBe('DISABLED');
    expect(after(AccountMother.disabled(), (account) => account.enable()).state).toBe('ACTIVE');
    expect(() => AccountMother.disabled().disable()).toThrow(IllegalTransition);
    expect(() => AccountMother.active().enable()).toThrow(IllegalTransition);
  });

  it('decides without changing: only its events change it', () => {
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

  it('may use the limit up, and not one cent more', () => {
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

  it('is captured with what it held at last, once, and makes room for others', () => {
    const revised = after(AccountMother.charged(), revise(17, '90.00'));
    expect(capture(17)(revised)).toEqual([
      { kind: 'AuthorizationCaptured', orderId: orderId(17), authorizationId: 117, amount: money('90.00') },
    ]);
    const captured = after(revised, capture(17), authorize(18, '100.00'), capture(18));
    expect(captured).toMatchObject({ authorized: Money.zero, captured: money('190.00'), available: money('100.00') });
    expect(captured.openAuthorizations).toEqual([]);
  });

  it('leaves nothing in the account once it is settled: 10,000 delivered orders make a small snapshot', () => {
    let account = AccountMother.unlimited();
    for (let order = 1; order <= 10_000; order++) account = after(account, authorize(order, '61.70'), capture(order));
    expect(account).toMatchObject({ version: 20_001, captured: money('617000.00') });
    expect(JSON.stringify(accountStream.snapshots.write(account)).length).toBeLessThan(200);
  });

  it('is neither made nor revised while the account is disabled, but can be reversed and captured', () => {
    const disabled = after(AccountMother.charged(), (account) => account.disable());
    expect(() => authorize(18, '1.00')(disabled)).toThrow(AccountIsDisabled);
    expect(() => revise(17, '1.00')(disabled)).toThrow(AccountIsDisabled);
    expect(after(disabled, reverse(17)).authorized).toEqual(Money.zero);
    expect(after(disabled, capture(17)).captured).toEqual(money('60.00'));
  });

  it('that never was needs no reversal', () => {
    expect(AccountMother.active().reverse(orderId(17))).toEqual([]);
    expect(AccountMother.unopened().reverse(orderId(17))).toEqual([]);
  });

  it.each([
    ['made twice for an order', authorize(17, '1.00'), AccountMother.charged()],
    ['revised when there is none', revise(18, '1.00'), AccountMother.charged()],
    ['captured when there is none', capture(18), AccountMother.charged()],
  ])('cannot be %s', (_, act, account) => {
    expect(() => act(account)).toThrow(IllegalTransition);
  });

  it.each(['REVERSED', 'CAPTURED'] as const)('that was %s is for good: nothing can be asked of it', (settled) => {
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

describe('a credit limit', () => {
  const limited = (limit: string) => AccountMother.charged().changeCreditLimit(money(limit));

  it('does not exist until one is set, and without one nothing is refused for its amount', () => {
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

  it('is at the latest where the sum could not be counted any more', () => {
    const almost = Array.from({ length: 9 }, (_, i) => authorize(i + 1, '9999999999999.99')).reduce(
      (account, act) => after(account, act),
      AccountMother.unlimited(),
    );
    expect(() => authorize(10, '9999999999999.99')(almost)).toThrow(CreditLimitExceeded);
    expect(after(almost, authorize(10, '71992547410.00')).authorized).toEqual(Money.ofMinorUnits(Number.MAX_SAFE_INTEGER));
  });

  it('is changed, but not below what is open', () => {
    expect(limited('60.00')).toEqual([{ kind: 'CreditLimitChanged', creditLimit: money('60.00') }]);
    expect(() => limited('59.99')).toThrow(CreditLimitTooLow);
  });

  it('that stays the same is no event', () => {
    expect(limited('100.00')).toEqual([]);
  });
});

describe('whatever is asked of an account', () => {
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

  /** What happens when all of this is asked, refusals left out. */
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

  it('its open authorisations never exceed its limit', () => {
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

  it('a snapshot at any point, and the events since, come to the same', () => {
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
