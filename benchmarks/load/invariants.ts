import type { Report } from '@ftgo/invariants';
import type { Target } from './target.js';

/** What the gateway found when it compared what the services know. */
export interface Invariants {
  readonly violations: readonly string[];
  /** Why something could not be compared. */
  readonly unknown: readonly string[];
  /** What was compared only in part, such as the newest messages of a large outbox. */
  readonly notes: readonly string[];
}

/** It reads all orders and topics. */
const patienceMs = 300_000;

/** Never rejects: the reason why nothing could be compared is in `unknown`. */
export async function invariantsBy({
  gateway,
  management = gateway,
  headers,
}: Pick<Target, 'gateway' | 'management' | 'headers'>): Promise<Invariants> {
  const url = `${management}/operations/invariants`;
  try {
    const response = await fetch(url, { headers: { ...(await headers?.()) }, signal: AbortSignal.timeout(patienceMs) });
    if (!response.ok) return { violations: [], unknown: [`${url} returned HTTP ${response.status}`], notes: [] };
    const { violations, unknown, notes } = (await response.json()) as Report;
    return { violations: violations.map(({ invariant, about, what }) => `${invariant}: ${about}: ${what}`), unknown, notes };
  } catch (error) {
    return { violations: [], unknown: [`${url}: ${(error as Error).message}`], notes: [] };
  }
}
