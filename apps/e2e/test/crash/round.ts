import { setTimeout as pause } from 'node:timers/promises';
import { check, unexpected } from './check.js';
import type { CrashSystem } from './crash-system.js';
import { type Fault, faultsOf, nameOf } from './faults.js';
import { Random } from './random.js';
import { type Cast, Traffic } from './traffic.js';

/** What a round did and found; a line of the file of results. */
export interface RoundResult {
  readonly seed: number;
  readonly round: number;
  readonly isDualWrite: boolean;
  readonly seconds: number;
  /** Accepted orders. */
  readonly orders: number;
  /** The responses to the others, by status, and errors of connections. */
  readonly failures: Readonly<Record<string, number>>;
  readonly entries: number;
  readonly faults: ReadonlyArray<{ readonly target: string; readonly name: string; readonly detail: string; readonly happened: boolean }>;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly reordered: readonly string[];
  /** Violated invariants of FTGO, orders that did not end, and responses that no outage explains. */
  readonly violations: readonly string[];
}

export interface RoundOptions {
  readonly seed: number;
  readonly round: number;
  readonly isDualWrite: boolean;
}

/** A killed process holds its partitions for 6 s, a hanging one its replication slot or transaction for 10 s. */
const stalledAfterMs = 40_000;
/** Messages that were lost never arrive: there are enough of them to find. */
const stalledInDualWriteMs = 15_000;
const mostApartMs = 1_500;

/** Causes faults while orders are being placed, and checks that everything arrived exactly once and in order. */
export async function playRound(system: CrashSystem, cast: Cast, options: RoundOptions): Promise<RoundResult> {
  const began = performance.now();
  const random = new Random(options.seed, options.round);
  const faults = faultsOf(random).map((fault) => ({ fault, afterMs: random.from(0, mostApartMs) }));
  const traffic = new Traffic(system.ftgo, cast);
  const happened = await during(traffic, () => Promise.all(faults.map(({ fault, afterMs }) => cause(system, fault, afterMs))));
  const accepted = await traffic.stop();
  await system.servers.heal();
  const { failures } = traffic.orders;
  const { lost, doubled, reordered, entries, violations } = await check(system, accepted, {
    stalledAfterMs: options.isDualWrite ? stalledInDualWriteMs : stalledAfterMs,
    isDualWrite: options.isDualWrite,
  });
  return {
    ...options,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    orders: accepted.length,
    failures: Object.fromEntries(failures),
    entries,
    faults: faults.map(({ fault: { target, name, detail } }, i) => ({ target, name, detail, happened: happened[i] === true })),
    lost,
    doubled,
    reordered,
    violations: [...unexpected(failures), ...violations],
  };
}

async function during<Result>({ orders }: Traffic, work: () => Promise<Result>): Promise<Result> {
  await orders.more(5);
  const result = await work();
  await orders.more(5);
  return result;
}

async function cause(system: CrashSystem, fault: Fault, afterMs: number): Promise<boolean> {
  await pause(afterMs);
  try {
    return await fault.cause(system);
  } catch (error) {
    throw new Error(`cannot cause ${nameOf(fault)}: ${(error as Error).message}`, { cause: error });
  }
}
