import type { Refusal } from '@ftgo/messaging';
import type { SagaDefinition } from '../definition/definition.js';

/**
 * - `RUNNING`: going forward, waiting for the reply to `step` (or for the next attempt of a local step).
 * - `COMPENSATING`: undoing; `step` is a compensation, `create ticket:undo`.
 * - `STUCK`: needs an operator; `problem` states why. A reply to `step` still moves it on.
 * - `COMPLETED`, `ROLLED_BACK`: ended.
 */
export type SagaStatus = 'RUNNING' | 'COMPENSATING' | 'STUCK' | 'COMPLETED' | 'ROLLED_BACK';

/** The state of a saga between two messages. */
export interface SagaInstance<State> {
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  /** The current step, or compensation; the last one if the saga has ended. */
  readonly step: string;
  /** The forward steps that have happened and are not undone, oldest first. */
  readonly done: readonly string[];
  readonly state: State;
  /** Why the saga is being undone. */
  readonly refusal?: Refusal | undefined;
  /** The last problem: why the saga is stuck, or why the step is retried. */
  readonly problem?: string | undefined;
  /** How often the command of this step was resent. */
  readonly resent: number;
  /** How often this step got a failure reply or threw. */
  readonly failures: number;
  /** How long this step has waited for its reply, in ms, excluding outages. */
  readonly waitedMs: number;
  /** The deadline has passed without a reply, and the alert was raised. */
  readonly alarmed: boolean;
}

/** The counters of a new current step. */
export const fresh = { resent: 0, failures: 0, waitedMs: 0, alarmed: false, problem: undefined } as const;

/** A saga before its first step. */
export function newInstance<State>(definition: SagaDefinition<State>, id: string, state: State): SagaInstance<State> {
  const { name, version, codec, steps } = definition;
  const done = steps.filter(({ action }) => action.kind === 'done').map((step) => step.name);
  const kept = codec.fromJson(jsonCopy(codec.toJson(state)));
  return { id, saga: name, version, status: 'RUNNING', step: done.at(-1) ?? '', done, state: kept, ...fresh };
}

/** The instance as read from the database. */
export const jsonCopy = (json: unknown): unknown => JSON.parse(JSON.stringify(json));

export const hasEnded = ({ status }: Pick<SagaInstance<unknown>, 'status'>): boolean => status === 'COMPLETED' || status === 'ROLLED_BACK';
