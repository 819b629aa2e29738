import type { TestSystem } from '@ftgo/testing';
import type { Ftgo } from '../ftgo.js';
import { invariants } from '../invariants.js';
import { checkLedger, type Verdict } from './ledger-check.js';
import { unfinished } from './traffic.js';

/** A system with the ledger. */
export interface CheckedSystem {
  readonly system: TestSystem;
  /** Without the ledger. */
  readonly ftgo: Ftgo;
}

export interface CheckOptions {
  /** Nothing has moved for this long: what is missing will not arrive. */
  readonly stalledAfterMs: number;
  /** Without outboxes there is nothing to compare the topics with. */
  readonly isDualWrite?: boolean;
}

/** Waits until everything has ended, and reports what was lost, duplicated or reordered, and what does not hold. */
export async function check(
  system: CheckedSystem,
  accepted: readonly number[],
  { stalledAfterMs, isDualWrite = false }: CheckOptions,
): Promise<Verdict & { readonly violations: string[] }> {
  const open = await unfinished(system.ftgo, accepted, stalledAfterMs);
  const verdict = await checkLedger(system, stalledAfterMs);
  const violated = isDualWrite ? [] : await invariants(system.ftgo);
  return { ...verdict, violations: [...open, ...violated] };
}

/** While something is down, a request gets 503, or no response. */
export const unexpected = (failures: ReadonlyMap<string, number>): string[] =>
  [...failures].filter(([what]) => / \d{3}$/.test(what) && !what.endsWith(' 503')).map(([what, times]) => `${what}, ${times} times`);
