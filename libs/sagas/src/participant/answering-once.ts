import { type Answer, answerOf, type CommandHandler, type Middleware, type PayloadType, type Refusal } from '@ftgo/messaging';
import { forwardOf, isUndo } from '../definition/definition.js';
import { sagaStepOf } from '../headers.js';
import type { Answers } from './answers.js';

/** The failure code for a command that arrives after its own compensation. */
export const withdrawnCode = 'WITHDRAWN';

/** What a participant needs. */
export interface AnsweringOnceOptions {
  readonly answers: Answers;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
}

/**
 * A participant replies to each step of a saga once: a command that is resent gets the same reply without being executed again. A
 * compensation whose step has not arrived, or failed, succeeds without doing anything; if the step arrives later, it is
 * withdrawn.
 */
export function answeringOnce({ answers, refusal }: AnsweringOnceOptions): Middleware {
  return async (message, handler, next) => {
    const { sagaId, sagaStep } = sagaStepOf(message);
    if (handler.kind !== 'command' || sagaId === undefined || sagaStep === undefined || !handler.type.reply) return next();
    // The reply to a command.
    const carryOut = next as () => Promise<Answer>;
    const known = await answers.claim(sagaId, sagaStep);
    if (known === 'withdrawn') return withdrawn(refusal);
    if (known) return known;
    try {
      const answer = isUndo(sagaStep) ? await undone(answers, sagaId, sagaStep, handler, carryOut) : await carryOut();
      // A failed compensation is not final: it is retried until it succeeds.
      if (isUndo(sagaStep) && answer.outcome === 'failure') await answers.release(sagaId, sagaStep);
      else await answers.keep(sagaId, sagaStep, answer);
      return answer;
    } catch (error) {
      // The transaction may still commit (a deferred command), but the claim must not.
      await answers.release(sagaId, sagaStep).catch(() => undefined);
      throw error;
    }
  };
}

async function undone(
  answers: Answers,
  sagaId: string,
  sagaStep: string,
  handler: CommandHandler,
  next: () => Promise<Answer>,
): Promise<Answer> {
  const forward = await answers.withdraw(sagaId, forwardOf(sagaStep));
  return forward?.outcome === 'success' ? next() : nothingToUndo(handler);
}

function nothingToUndo({ type }: CommandHandler): Answer {
  return answerOf('success', type.reply as PayloadType<unknown>, {});
}

const withdrawn = (refusal: PayloadType<Refusal>): Answer =>
  answerOf('failure', refusal, { code: withdrawnCode, detail: 'withdrawn: its compensation arrived first; nothing was done' });
