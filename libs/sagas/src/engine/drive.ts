import { textOf } from '@ftgo/messaging';
import { decide } from '../decide/decide.js';
import type { Decision, HistoryEntry, SagaAct, SagaInput } from '../decide/decision.js';
import type { SagaInstance } from '../decide/instance.js';
import type { Timing } from '../decide/timing.js';
import type { SagaDefinition } from '../definition/definition.js';

type Send = Extract<SagaAct, { kind: 'send' }>;
type Local = Extract<SagaAct, { kind: 'local' }>;

/** Carries out decisions. */
export interface Surroundings {
  /** Writes the command to the outbox and returns the id of the message; throws if it cannot be written. */
  send(act: Send): string;
  /** Runs a local step, whose effects are undone if it throws. Rejects if the transaction is unusable. */
  local(act: Local): Promise<{ readonly error?: unknown }>;
}

/** A saga between two messages, its new history, and its deadline. */
export type Driven<State> = Omit<Decision<State>, 'act'>;

/** Moves a saga from one message to the next: applies decisions and their actions until it waits or has ended. */
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

/** Resolves to the next input; undefined if the saga waits. */
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
