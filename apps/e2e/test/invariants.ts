import { services } from '@ftgo/contracts/channels';
import { checkInvariants, HttpSystem, type Report } from '@ftgo/invariants';
import type { RunningSystem } from '@ftgo/testing';
import type { Ftgo } from './ftgo.js';
import { senders } from './http.js';
import { placeOf } from './place.js';
import { whileInProgress } from './progress.js';

const mostShown = 40;

/** Compares what the services know. */
export const reportOf = async ({ system }: Ftgo<RunningSystem>, settleMs = 0): Promise<Report> => {
  const urls = services.flatMap((name) => (system.management[name] ? [[name, system.management[name]] as const] : []));
  const token = await senders()?.operatorToken();
  const headers = token === undefined ? {} : { headers: () => ({ authorization: `Bearer ${token}` }) };
  return checkInvariants(new HttpSystem({ urls: Object.fromEntries(urls), ...headers }), { settleMs });
};

/**
 * The violated invariants of a system once nothing is in flight; empty if all hold. Call it after every test that breaks
 * something.
 */
export async function invariants(ftgo: Ftgo<RunningSystem>): Promise<string[]> {
  const { result } = await whileInProgress(async () => {
    const report = await reportOf(ftgo);
    const result = problemsIn(report, new Set(ftgo.planted.map(placeOf)));
    return { isDone: result.length === 0, picture: pictureOf(report), result };
  });
  return result.length > mostShown ? [...result.slice(0, mostShown), `and ${result.length - mostShown} more`] : result;
}

/** Equal while nothing moves: whether a finding counts as violated or in flight, and the reason after it, depend on the moment. */
const pictureOf = ({ counts, violations, inFlight }: Report): string => {
  const found = [...violations, ...inFlight].map(({ about, what }) => `${about} ${what.replace(/ \([^()]*\)$/, '')}`);
  return JSON.stringify([counts, found.toSorted()]);
};

/** Nothing may be violated, unfinished or unknown, except records that a test planted. */
const problemsIn = ({ violations, inFlight, unknown, notes }: Report, planted: ReadonlySet<string>): string[] => [
  ...violations
    .filter(({ place }) => !place || !planted.has(placeOf(place)))
    .map(({ invariant, about, what }) => `${invariant}: ${about}: ${what}`),
  ...inFlight.map(({ about, what }) => `in flight: ${about} ${what}`),
  ...unknown.map((reason) => `unknown: ${reason}`),
  ...notes.map((note) => `note: ${note}`),
];
