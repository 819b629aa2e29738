import { consumerId, orderId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Account, type AccountEvent } from '../src/account/account.js';

export const adaId = consumerId(3);
export const money = (text: string) => Money.of(text);

/** The account after these operations, one after the other. */
export const after = (account: Account, ...acts: Array<(account: Account) => AccountEvent[]>): Account =>
  acts.reduce((before, act) => act(before).reduce((now, event) => now.after(event), before), account);

export const authorize = (order: number, amount: string) => (account: Account) =>
  account.authorize({ orderId: orderId(order), authorizationId: 100 + order, amount: money(amount) });
export const revise = (order: number, amount: string) => (account: Account) => account.revise(orderId(order), money(amount));
export const reverse = (order: number) => (account: Account) => account.reverse(orderId(order));
export const capture = (order: number) => (account: Account) => account.capture(orderId(order));

/** Accounts of consumer 3, with a limit of 100.00 unless stated otherwise. */
export const AccountMother = {
  unopened: (): Account => Account.before(adaId),
  unlimited: (): Account => after(AccountMother.unopened(), (account) => account.open()),
  active: (): Account => after(AccountMother.unlimited(), (account) => account.changeCreditLimit(money('100.00'))),
  disabled: (): Account => after(AccountMother.active(), (account) => account.disable()),
  /** 60.00 for order 17. */
  charged: (): Account => after(AccountMother.active(), authorize(17, '60.00')),
};
