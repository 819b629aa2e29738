import type { AboutConsumer } from '../facts.js';
import { counted, type Finding, money } from '../finding.js';

type Account = NonNullable<AboutConsumer['account']>;

/** What is wrong with a consumer's account. */
export function consumerFindings({ id, consumer, account, events, authorizations }: AboutConsumer): Finding[] {
  const finding = (what: string): Finding => ({
    invariant: 'accounts add up',
    about: `consumer ${id}`,
    what,
    see: 'dead-letters list --service accounting-service',
  });
  if (!consumer) return [finding('does not exist, but has an account')];
  if (!account || !events) return [finding('has no account')];
  const sums = authorizations ?? { authorized: 0, captured: 0 };
  return [
    ...different('account', textOf(account), 'its events', textOf(events)),
    ...different('sum of open authorisations', money(sums.authorized), 'its events', money(events.authorized)),
    ...different('sum of captures', money(sums.captured), 'its events', money(events.captured)),
    ...overLimit(events),
  ].map((what) => ({ ...finding(what), isProved: true }));
}

const different = (what: string, actual: string, where: string, there: string): string[] =>
  actual === there ? [] : [`${what}: ${actual}; according to ${where}: ${there}`];

function overLimit({ creditLimit, authorized }: Account): string[] {
  if (creditLimit === undefined || authorized <= creditLimit) return [];
  return [`${money(authorized)} is authorised, but the limit is ${money(creditLimit)}`];
}

const textOf = ({ state, version, creditLimit, authorized, captured }: Account): string =>
  [
    `${state} after ${counted(version, 'event')}`,
    `limit ${creditLimit === undefined ? 'none' : money(creditLimit)}`,
    `authorised ${money(authorized)}`,
    `captured ${money(captured)}`,
  ].join(', ');
