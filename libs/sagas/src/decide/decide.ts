import { DomainError } from '@ftgo/kernel';
import { type CommandType, type Refusal, textOf } from '@ftgo/messaging';
import {
  type AlreadyDone,
  forwardOf,
  type Invocation,
  isUndo,
  type LocalWork,
  type SagaDefinition,
  type SagaStep,
  undoOf,
} from '../definition/definition.js';
import type { Decision, HistoryEntry, SagaInput } from './decision.js';
import { fresh, hasEnded, jsonCopy, type SagaInstance } from './instance.js';
import { resendPause, retryPause, type Timing } from './timing.js';

/** The failure code for a step that is undone because its reply did not arrive in time. */
export const noAnswerCode = 'NO_ANSWER';

/** Thrown when an operator requests what the saga's state forbids. */
export class ActNotPossible extends DomainError {
  constructor(detail: string) {
    super('SAGA_ACT_NOT_POSSIBLE', 'conflict', detail);
  }
}

/**
 * All decisions of the engine: how a saga moves from `instance` on `input`. Pure, so that the engine, the test DSL and the
 * property tests run the same code.
 */
export function decide<State>(
  definition: SagaDefinition<State>,
  instance: SagaInstance<State>,
  input: SagaInput,
  timing: Timing,
): Decision<State> {
  return new Decider(definition, timing).decide(instance, input);
}

/** The command that `step` waits for, if `instance` waits for its reply; if undefined, the reply is ignored. */
export function awaited<State>(
  definition: SagaDefinition<State>,
  instance: SagaInstance<State>,
  step: string,
): CommandType<unknown, unknown> | undefined {
  if (hasEnded(instance) || step !== instance.step) return undefined;
  const action = actionOf(definition, instance.step);
  return action?.kind === 'invoke' ? action.command : undefined;
}

/** The saga needs an operator; a reply to its current step still moves it on. */
export function stuck<State>(instance: SagaInstance<State>, problem: string, history: readonly HistoryEntry[] = []): Decision<State> {
  return {
    instance: { ...instance, status: 'STUCK', problem },
    history: [...history, { event: 'stuck', step: instance.step, detail: problem }],
    timer: undefined,
  };
}

function ignored<State>(instance: SagaInstance<State>, reply: Omit<HistoryEntry, 'event'>): Decision<State> {
  return { instance, history: [{ event: 'ignored', ...reply }], timer: 'keep' };
}

type Action<State> = Invocation<State> | LocalWork<State> | AlreadyDone;

function actionOf<State>(definition: SagaDefinition<State>, step: string): Action<State> | undefined {
  const found = definition.steps.find(({ name }) => name === forwardOf(step));
  return isUndo(step) ? found?.undo : found?.action;
}

type History = readonly HistoryEntry[];
type ReplyInput = Extract<SagaInput, { kind: 'reply' }>;
type OperatorInput = Extract<SagaInput, { kind: 'operator' }>;

class Decider<State> {
  constructor(
    private readonly definition: SagaDefinition<State>,
    private readonly timing: Timing,
  ) {}

  decide(instance: SagaInstance<State>, input: SagaInput): Decision<State> {
    switch (input.kind) {
      case 'begin':
        return this.begin(instance);
      case 'reply':
        return this.replied(instance, input);
      case 'time-up':
        return this.timeUp(instance, input.step, input.afterMs);
      case 'local-done':
        return this.succeeded(instance, [{ event: 'succeeded', step: instance.step }]);
      case 'local-failed':
        return this.threw(instance, input.error);
      case 'unsendable':
        return stuck(instance, `cannot send the command of "${instance.step}": ${input.error}`);
      default:
        return this.operated(instance, input);
    }
  }

  private begin(instance: SagaInstance<State>): Decision<State> {
    const first = this.definition.steps.find(({ action }) => action.kind !== 'done');
    return this.enter(instance, first, [{ event: 'started', step: instance.step }]);
  }

  private replied(instance: SagaInstance<State>, { step, answer, messageId }: ReplyInput): Decision<State> {
    if (hasEnded(instance)) return ignored(instance, { step, messageId, detail: 'the saga has ended' });
    if (step !== instance.step) return ignored(instance, { step, messageId, detail: `the saga is at "${instance.step}"` });
    const action = actionOf(this.definition, step);
    if (!action) return stuck(instance, this.unknown(step), [{ event: 'ignored', step, messageId, detail: 'unknown step' }]);
    if (action.kind !== 'invoke' || answer.outcome === 'unread') {
      return ignored(instance, { step, messageId, detail: 'the step does not wait for a reply' });
    }
    if (answer.outcome === 'failure') return this.refused(instance, answer.refusal, messageId);
    const history: History = [{ event: 'succeeded', step, messageId }];
    const change = isUndo(step) ? undefined : action.onReply?.bind(action);
    if (!change) return this.succeeded(instance, history);
    try {
      return this.succeeded({ ...instance, state: this.changed(instance.state, change(instance.state, answer.reply)) }, history);
    } catch (error) {
      return stuck(instance, `onReply of "${step}" threw ${textOf(error)}`, history);
    }
  }

  private changed(state: State, change: Partial<State> | void): State {
    const { codec } = this.definition;
    return change ? codec.fromJson(jsonCopy(codec.toJson({ ...state, ...change }))) : state;
  }

  /** Before the pivot, a failure reply is a business decision; after it, or to a compensation, it is an error. */
  private refused(instance: SagaInstance<State>, refusal: Refusal, messageId: string | undefined): Decision<State> {
    const detail = `${refusal.code}: ${refusal.detail}`;
    const history: History = [{ event: 'refused', step: instance.step, messageId, detail }];
    if (isUndo(instance.step) || this.isCommitted(instance)) return this.failed(instance, `failure reply ${detail}`, history);
    return this.undoNext({ ...instance, refusal }, history);
  }

  private succeeded(instance: SagaInstance<State>, history: History): Decision<State> {
    if (isUndo(instance.step)) return this.undoNext({ ...instance, done: instance.done.slice(0, -1) }, history);
    const at = this.definition.steps.findIndex(({ name }) => name === instance.step);
    if (at === -1) return stuck(instance, this.unknown(instance.step), history);
    return this.enter({ ...instance, done: [...instance.done, instance.step] }, this.definition.steps[at + 1], history);
  }

  private enter(instance: SagaInstance<State>, step: SagaStep<State> | undefined, history: History): Decision<State> {
    if (!step) return this.end(instance, 'COMPLETED', history);
    return this.perform({ ...instance, ...fresh, status: 'RUNNING', step: step.name }, history);
  }

  /** Undoes the most recent step that has happened and is not undone yet. */
  private undoNext(instance: SagaInstance<State>, history: History): Decision<State> {
    const done = [...instance.done];
    for (let name = done.at(-1); name !== undefined; name = done.at(-1)) {
      const step = this.definition.steps.find((candidate) => candidate.name === name);
      const undoing = { ...instance, ...fresh, done: [...done], status: 'COMPENSATING', step: undoOf(name) } as const;
      if (!step) return stuck(undoing, this.unknown(name), history);
      if (step.undo) return this.perform(undoing, history);
      done.pop();
    }
    return this.end({ ...instance, done }, 'ROLLED_BACK', history);
  }

  private end(instance: SagaInstance<State>, status: 'COMPLETED' | 'ROLLED_BACK', history: History): Decision<State> {
    const event = status === 'COMPLETED' ? 'completed' : 'rolled-back';
    return {
      instance: { ...instance, ...fresh, status },
      history: [...history, { event, step: instance.step }],
      timer: undefined,
    };
  }

  /** Sends the command of the current step, or runs its local work. */
  private perform(instance: SagaInstance<State>, history: History, again = false): Decision<State> {
    const action = actionOf(this.definition, instance.step);
    if (!action) return stuck(instance, this.unknown(instance.step), history);
    if (action.kind === 'done') return this.succeeded(instance, history);
    const { step } = instance;
    // A compensation gets the failure in addition to the state.
    const state = isUndo(step) ? { ...instance.state, refusal: instance.refusal } : instance.state;
    if (action.kind === 'local') {
      const { service } = action;
      return {
        instance,
        history,
        act: { kind: 'local', step, service, state, run: (target) => action.run(target, state) },
        timer: undefined,
      };
    }
    try {
      const { command } = action;
      return {
        instance,
        history,
        act: { kind: 'send', step, command, payload: action.payload(state), again },
        timer: this.pause(instance),
      };
    } catch (error) {
      return stuck(instance, `cannot create the payload of "${step}": ${textOf(error)}`, history);
    }
  }

  private timeUp(instance: SagaInstance<State>, step: string, afterMs: number): Decision<State> {
    if (hasEnded(instance) || step !== instance.step) return { instance, history: [], timer: 'keep' };
    const action = actionOf(this.definition, step);
    if (!action) return stuck(instance, this.unknown(step));
    if (action.kind !== 'invoke') return this.perform(instance, []);
    if (this.isUndoneWhenInDoubt(instance)) return this.undoneWithoutReply(instance);
    return this.sentAgain({ ...instance, waitedMs: instance.waitedMs + afterMs, resent: instance.resent + 1 });
  }

  /** The step may have happened, so its own compensation comes first. */
  private undoneWithoutReply(instance: SagaInstance<State>): Decision<State> {
    const detail = `"${instance.step}" got no reply in time`;
    const doubtful = { ...instance, done: [...instance.done, instance.step], refusal: { code: noAnswerCode, detail } };
    return this.undoNext(doubtful, [{ event: 'no-answer', step: instance.step, detail }]);
  }

  private sentAgain(instance: SagaInstance<State>): Decision<State> {
    const late = instance.waitedMs >= this.deadlineOf(instance.step);
    const problem = `"${instance.step}" has no reply after ${instance.resent} attempts; retrying`;
    const history: HistoryEntry[] = late && !instance.alarmed ? [{ event: 'alarm', step: instance.step, detail: problem }] : [];
    const isStuck = late && instance.status !== 'STUCK' && instance.resent >= this.timing.stuckAfter;
    if (isStuck) history.push({ event: 'stuck', step: instance.step, detail: problem });
    const next = { ...instance, alarmed: late, ...(late ? { problem } : {}), ...(isStuck ? { status: 'STUCK' as const } : {}) };
    return this.perform(next, history, true);
  }

  /** A local step is retried forever, since the cause may be fixed; meanwhile the saga is shown as stuck. */
  private threw(instance: SagaInstance<State>, error: string): Decision<State> {
    const decision = this.failed(instance, error, [{ event: 'failed', step: instance.step, detail: error }]);
    const history = instance.status === 'STUCK' ? decision.history.filter(({ event }) => event !== 'stuck') : decision.history;
    return { ...decision, history, timer: retryPause(decision.instance.failures) };
  }

  /** Retries after a pause, and eventually marks the saga as stuck. */
  private failed(instance: SagaInstance<State>, problem: string, history: History): Decision<State> {
    const failures = instance.failures + 1;
    const next = { ...instance, failures, problem };
    if (failures >= this.timing.stuckAfter) return stuck(next, `"${instance.step}" failed ${failures} times: ${problem}`, history);
    return { instance: next, history, timer: retryPause(failures) };
  }

  private operated(instance: SagaInstance<State>, { act, by, reason, step = instance.step }: OperatorInput): Decision<State> {
    if (step !== instance.step) throw new ActNotPossible(`the saga is no longer at step "${step}", but at "${instance.step}"`);
    if (hasEnded(instance)) throw new ActNotPossible(`the saga has already ended: its status is ${instance.status}`);
    const entry = { step: instance.step, detail: reason, operator: by };
    const moving = { ...instance, ...fresh, status: isUndo(instance.step) ? ('COMPENSATING' as const) : ('RUNNING' as const) };
    switch (act.act) {
      case 'retry':
        return this.perform(moving, [{ event: 'retried-by-operator', ...entry }], true);
      case 'skip':
        return this.succeeded(moving, [{ event: 'skipped-by-operator', ...entry }]);
      case 'compensate':
        return this.undoneByOperator(moving, act.refusal, [{ event: 'compensated-by-operator', ...entry }]);
      default:
        return this.end(moving, act.status, [{ event: 'resolved-by-operator', ...entry }]);
    }
  }

  private undoneByOperator(instance: SagaInstance<State>, refusal: Refusal, history: History): Decision<State> {
    if (isUndo(instance.step)) throw new ActNotPossible('the saga is already being undone; retry or skip its step, or resolve the saga');
    if (this.isCommitted(instance)) throw new ActNotPossible('the saga is past its pivot; retry or skip its step, or resolve the saga');
    const action = actionOf(this.definition, instance.step);
    if (!action) throw new ActNotPossible(this.unknown(instance.step));
    if (action.kind !== 'invoke') return this.undoNext({ ...instance, refusal }, history);
    if (this.stepNamed(instance.step)?.sendAgainWhenInDoubt) {
      throw new ActNotPossible(
        `"${instance.step}" may have happened and is never undone when in doubt; retry or skip it, or resolve the saga`,
      );
    }
    return this.undoNext({ ...instance, refusal, done: [...instance.done, instance.step] }, history);
  }

  /** Whether the saga is past its pivot. */
  private isCommitted({ done }: SagaInstance<State>): boolean {
    return this.definition.steps.some(({ pivot, name }) => pivot && done.includes(name));
  }

  private isUndoneWhenInDoubt(instance: SagaInstance<State>): boolean {
    return !isUndo(instance.step) && !this.isCommitted(instance) && this.stepNamed(instance.step)?.sendAgainWhenInDoubt !== true;
  }

  private pause(instance: SagaInstance<State>): number {
    const deadlineMs = this.deadlineOf(instance.step);
    return this.isUndoneWhenInDoubt(instance) ? deadlineMs : resendPause(instance, deadlineMs);
  }

  private deadlineOf(step: string): number {
    return this.stepNamed(step)?.deadlineMs ?? this.timing.stepDeadlineMs;
  }

  private stepNamed(step: string): SagaStep<State> | undefined {
    return this.definition.steps.find(({ name }) => name === forwardOf(step));
  }

  private unknown(step: string): string {
    const { name, version } = this.definition;
    return `no registered version of "${name}" fits version ${version} at step "${step}"; register that version, then retry`;
  }
}
