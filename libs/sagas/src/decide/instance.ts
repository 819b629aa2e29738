import type { Refusal } from '@ftgo/messaging';
import type { SagaDefinition } from '../definition/definition.js';

/**
 * - `RUNNING`: going forward, waiting for the answer to `step` (or for another try of a local step).
 * - `COMPENSATING`: going back; `step` is a compensation, `create ticket:undo`.
 * - `STUCK`: it needs a person; `problem` says why. An answer to `step` still moves it on.
 * - `COMPLETED`, `ROLLED_BACK`: ended.
 */
export type SagaStatus = 'RUNNING' | 'COMPENSATING' | 'STUCK' | 'COMPLETED' | 'ROLLED_BACK';

/** A saga as it stands between two messages. */
export interface SagaInstance<State> {
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  /** The current step, a compensation when it goes back; the last one when it has ended. */
  readonly step: string;
  /** The forward steps that have happened and are not undone, oldest first. */
  readonly done: readonly string[];
  readonly state: State;
  /** Why it goes back. */
  readonly refusal?: Refusal | undefined;
  /** What was wrong the last time: why it is stuck, or why the step is tried again. */
  readonly problem?: string | undefined;
  /** How often the command of this step was sent again. */
  readonly resent: number;
  /** How often this step was refused or threw. */
  readonly failures: number;
  /** How long this step has waited for its answer, in ms, counting only time in which everything ran. */
  readonly waitedMs: number;
  /** Its deadline has passed without an answer, and it was said so. */
  readonly alarmed: boolean;
}

/** The counters of a step that has just become the current one. */
export const fresh = { resent: 0, failures: 0, waitedMs: 0, alarmed: false, problem: undefined } as const;

/** A saga before its first step. */
export function newInstance<State>(definition: SagaDefinition<State>, id: string, state: State): SagaInstance<State> {
  const { name, version, codec, steps } = definition;
  const done = steps.filter(({ action }) => action.kind === 'done').map((step) => step.name);
  const kept = codec.fromJson(jsonCopy(codec.toJson(state)));
  return { id, saga: name, version, status: 'RUNNING', step: done.at(-1) ?? '', done, state: kept, ...fresh };
}

/** What the database gives back. */
export const jsonCopy = (json: unknown): unknown => JSON.parse(JSON.stringify(json));

export const hasEnded = ({ status }: Pick<SagaInstance<unknown>, 'status'>): boolean => status === 'COMPLETED' || status === 'ROLLED_BACK';
