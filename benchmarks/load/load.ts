import { arrivals } from './arrivals.js';
import { type NotEnded, ordersNotEnded, untilEnded } from './ending.js';
import { FollowedOrders } from './followed-orders.js';
import { HistoryReader } from './history-reader.js';
import { type Invariants, invariantsBy } from './invariants.js';
import { type Measured, Measures } from './measures.js';
import { openLoop } from './open-loop.js';
import { type LoadOptions, type Other, others } from './options.js';
import { OrderActions } from './order-actions.js';
import { Population } from './population.js';
import { reportEachSecond } from './progress.js';
import { Requests } from './requests.js';
import { type CpuSeconds, cpuBetween, type Target } from './target.js';
import { type Kind, Traffic } from './traffic.js';

type ByKind<Value> = Readonly<Record<string, Value>>;

/** What a load has measured; `--json` prints it. */
export interface LoadResult {
  readonly gateway: string;
  readonly options: LoadOptions;
  /** Orders that were placed before the measurement, to prepare it. */
  readonly ordersOfSetUp: number;
  readonly orders: FollowedOrders['counts'] & { readonly due: number; readonly unanswered: number };
  readonly rejections: ByKind<number>;
  readonly notEnded: readonly NotEnded[];
  readonly invariants: Invariants;
  readonly latencies: ByKind<Measured>;
  readonly errors: ByKind<ByKind<number>>;
  readonly notStarted: ByKind<number>;
  /** From the first arrival until all orders had ended. */
  readonly seconds: number;
  readonly cpuSeconds: CpuSeconds | undefined;
}

const stalledAfterMs = 30_000;

/** Prepares a system, puts it under load, waits until every order has ended, and compares what the services know. */
export async function load(
  options: LoadOptions,
  target: Target,
  report: (line: string) => void,
  patienceMs = stalledAfterMs,
): Promise<LoadResult> {
  const population = await Population.create(new Requests(target, options.mostInFlight, new Measures()), options.consumers);
  report(`prepared: ${options.consumers} consumers, ${population.restaurants.length} restaurants, ${population.couriers.length} couriers`);
  const measures = new Measures();
  const requests = new Requests(target, options.mostInFlight, measures);
  const followed = new FollowedOrders(measures, new OrderActions(requests));
  const traffic = new Traffic(options, population, requests, measures, followed);
  const reader = new HistoryReader(requests, followed);
  const progress = reportEachSecond({ traffic, requests, measures, followed }, report);
  const [cpuBefore, beganAt] = [await target.cpu(), performance.now()];
  await openLoop(arrivals<Kind>(ratesOf(options), options.pattern, options.seed), options.forMs, (kind, dueAt) =>
    traffic.start(kind, dueAt),
  );
  await requests.idle();
  await untilEnded(followed, patienceMs, report);
  const [cpuAfter, endedAt] = [await target.cpu(), performance.now()];
  await reader.stop();
  progress.stop();
  const notEnded = await ordersNotEnded(followed, requests);
  await requests.idle();
  report('comparing what the services know');
  const invariants = await invariantsBy(target);
  return {
    gateway: target.gateway,
    options,
    ordersOfSetUp: population.ordersPlaced,
    orders: { due: traffic.due, unanswered: traffic.unanswered, ...followed.counts },
    rejections: Object.fromEntries(followed.rejections),
    notEnded,
    invariants,
    latencies: measures.latenciesByKind,
    errors: measures.errorsByKind,
    notStarted: measures.notStartedByKind,
    seconds: (endedAt - beganAt) / 1_000,
    cpuSeconds: cpuBetween(cpuBefore, cpuAfter),
  };
}

function ratesOf({ ordersPerSecond, mix }: LoadOptions): Partial<Record<Kind, number>> {
  const rates = others.map((kind: Other) => [kind, (ordersPerSecond * mix[kind]) / 100] as const);
  return { order: ordersPerSecond, ...Object.fromEntries(rates) };
}
