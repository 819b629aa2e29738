import { machine, table, thousands } from '../report.js';
import { toApproved } from './followed-orders.js';
import { readsPerSecond } from './history-reader.js';
import type { Invariants } from './invariants.js';
import type { LoadResult } from './load.js';
import type { LoadOptions } from './options.js';
import { placing } from './traffic.js';

const mostShown = 10;

export function announcement({ ordersPerSecond, forMs, pattern, seed, mix }: LoadOptions, gateway: string): string {
  const counts = Object.entries(mix).map(([name, count]) => `${name} ${count}`);
  return [
    machine('hdr-histogram-js'),
    `load      ${ordersPerSecond} orders/s for ${forMs / 1_000} s at ${gateway}, ${pattern} arrivals, seed ${seed}`,
    `mix       per 100 orders: ${counts.join(', ')}`,
  ].join('\n');
}

/** What was measured, as text. */
export const summary = (result: LoadResult): string =>
  [ordersOf(result), latenciesOf(result), errorsOf(result), cpuOf(result), endOf(result), invariantsOf(result.invariants)].join('\n\n');

function ordersOf({ orders, rejections, options, ordersOfSetUp, notStarted }: LoadResult): string {
  const { due, accepted, unanswered, approved, rejected, cancelled, revised, unchanged, delivered } = orders;
  const perSecond = (accepted / options.forMs) * 1_000;
  const left = notStarted[placing] ? `, ${notStarted[placing]} not started (their latencies are missing below)` : '';
  const lost = unanswered ? `, ${unanswered} without a response, which may have been placed` : '';
  return [
    `orders    ${due} due${left}, ${accepted} accepted (${perSecond.toFixed(1)}/s)${lost}; ${ordersOfSetUp} before, to prepare`,
    `          ${approved} approved, ${rejected} rejected${byCode(rejections)}; then ${cancelled} cancelled, ${revised} revised, ${unchanged} unchanged by a rejected change, ${delivered} delivered`,
  ].join('\n');
}

const byCode = (counts: Readonly<Record<string, number>>): string => {
  const list = Object.entries(counts).map(([code, count]) => `${count} ${code}`);
  return list.length > 0 ? ` (${list.join(', ')})` : '';
};

function latenciesOf({ latencies }: LoadResult): string {
  const ms = (value: number) => value.toFixed(1);
  const first = [placing, toApproved].filter((what) => what in latencies);
  const rest = Object.keys(latencies).filter((what) => !first.includes(what));
  const rows = [...first, ...rest.toSorted()].map((what) => {
    const { count, p50Ms, p90Ms, p99Ms, p999Ms, maxMs } = latencies[what] as LoadResult['latencies'][string];
    return [what, thousands(count), ms(p50Ms), ms(p90Ms), ms(p99Ms), ms(p999Ms), ms(maxMs)];
  });
  const note = `Latency of successful requests in ms, from the time at which each was due. APPROVED is the time of OrderAuthorized in
the order history, in whole ms by order-service's clock; what follows an approval is due when the history is read
(at most ${readsPerSecond} pages a second).`;
  return `${table(['', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'], rows)}\n${note}`;
}

function errorsOf({ errors, notStarted }: LoadResult): string {
  const failed = Object.entries(errors).flatMap(([what, codes]) => Object.entries(codes).map(([code, n]) => [what, code, n] as const));
  const dropped = Object.entries(notStarted).map(([what, n]) => [what, 'not started: too much in flight', n] as const);
  return failed.length + dropped.length === 0 ? 'no errors' : table(['request', 'error', 'count'], [...failed, ...dropped]);
}

function cpuOf({ cpuSeconds, seconds, orders }: LoadResult): string {
  if (!cpuSeconds) return 'CPU by process: not available, since only npm start on Linux reports its processes';
  const rows = Object.entries(cpuSeconds).toSorted(([, a], [, b]) => b - a);
  const total = rows.reduce((sum, [, used]) => sum + used, 0);
  const perOrder = (used: number) => ((used * 1_000) / orders.accepted).toFixed(1);
  return table(
    [`CPU in ${seconds.toFixed(0)} s`, 's', '% of a core', 'ms per order'],
    [...rows, ['all', total] as const].map(([name, used]) => [name, used.toFixed(1), ((used / seconds) * 100).toFixed(0), perOrder(used)]),
  );
}

function endOf({ notEnded, orders }: LoadResult): string {
  if (notEnded.length === 0) return `all ${orders.accepted} accepted orders have ended`;
  return [
    `${notEnded.length} of ${orders.accepted} accepted orders ${notEnded.length === 1 ? 'has' : 'have'} not ended:`,
    ...list(notEnded.map(({ orderId, state }) => `order ${orderId} is ${state}`)),
    'find out why with npm run ftgo -- order show ID',
  ].join('\n');
}

/** What the check of the invariants found, as text. */
export function invariantsOf({ violations, unknown, notes }: Invariants): string {
  const advice = 'see npm run ftgo -- invariants';
  if (violations.length > 0) return ['invariants that do not hold:', ...list(violations), advice].join('\n');
  if (unknown.length > 0) return ['no violation found, but not everything could be checked:', ...list(unknown), advice].join('\n');
  return ['every invariant holds', ...list(notes)].join('\n');
}

function list(lines: readonly string[]): string[] {
  const shown = lines.slice(0, mostShown).map((line) => `  ${line}`);
  return lines.length > mostShown ? [...shown, `  and ${lines.length - mostShown} more`] : shown;
}
