import { textOf } from '@ftgo/messaging';
import { decide } from '../decide/decide.js';
import type { Decision, HistoryEntry, SagaAct, SagaInput } from '../decide/decision.js';
import type { SagaInstance } from '../decide/instance.js';
import type { Timing } from '../decide/timing.js';
import type { SagaDefinition } from '../definition/definition.js';

type Send = Extract<SagaAct, { kind: 'send' }>;
type Local = Extract<SagaAct, { kind: 'local' }>;

/** What carries out decisions. */
export interface Surroundings {
  /** Hands the command over and returns the id of the message; throws when it cannot be written. */
  send(act: Send): string;
  /** Runs a local step so that nothing of it remains when it throws. Rejects when nothing more can be done here. */
  local(act: Local): Promise<{ readonly error?: unknown }>;
}

/** A saga between two messages, what has happened on the way there, and when its time is up. */
export type Driven<State> = Omit<Decision<State>, 'act'>;

/** Moves a saga from one message to the next: decisions, and what they ask for, until it waits or has ended. */
export async function drive<State>(
  definition: SagaDefinition<State>,
  instance: SagaInstance<State>,
  first: SagaInput,
  { timing, surroundings }: { timing: Timing; surroundings: Surroundings },
): Promise<Driven<State>> {
  const history: HistoryEntry[] = [];
  let decision = decide(definition, instance, first, timing);
  history.push(...decision.history);
  while (decision.act) {
    const next = await carriedOut(decision.act, surroundings, history);
    if (!next) break;
    decision = decide(definition, decision.instance, next, timing);
    history.push(...decision.history);
  }
  return { instance: decision.instance, history, timer: decision.timer };
}

/** Resolves to what came of it; undefined: the saga waits. */
async function carriedOut(act: SagaAct, surroundings: Surroundings, history: HistoryEntry[]): Promise<SagaInput | undefined> {
  if (act.kind === 'send') {
    try {
      history.push({ event: act.again ? 'sent-again' : 'sent', step: act.step, messageId: surroundings.send(act) });
      return undefined;
    } catch (error) {
      return { kind: 'unsendable', error: textOf(error) };
    }
  }
  const result = await surroundings.local(act);
  return 'error' in result ? { kind: 'local-failed', error: textOf(result.error) } : { kind: 'local-done' };
}
