import { type Answer, answerOf, type CommandHandler, type Middleware, type PayloadType, type Refusal } from '@ftgo/messaging';
import { forwardOf, isUndo } from '../definition/definition.js';
import { sagaStepOf } from '../headers.js';
import type { Answers } from './answers.js';

/** The code with which a command is refused that comes after its own compensation. */
export const withdrawnCode = 'WITHDRAWN';

/** What a participant needs. */
export interface AnsweringOnceOptions {
  readonly answers: Answers;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
}

/**
 * A participant answers each step of a saga once: a command that is sent again gets the same answer, without being
 * carried out again; a compensation whose step has not come, or was refused, succeeds without doing anything, and the
 * step, coming late, finds itself withdrawn.
 */
export function answeringOnce({ answers, refusal }: AnsweringOnceOptions): Middleware {
  return async (message, handler, next) => {
    const { sagaId, sagaStep } = sagaStepOf(message);
    if (handler.kind !== 'command' || sagaId === undefined || sagaStep === undefined || !handler.type.reply) return next();
    // Of a command, the answer.
    const carryOut = next as () => Promise<Answer>;
    const known = await answers.claim(sagaId, sagaStep);
    if (known === 'withdrawn') return withdrawn(refusal);
    if (known) return known;
    try {
      const answer = isUndo(sagaStep) ? await undone(answers, sagaId, sagaStep, handler, carryOut) : await carryOut();
      // A refused compensation is no last word: it is tried again until it succeeds.
      if (isUndo(sagaStep) && answer.outcome === 'failure') await answers.release(sagaId, sagaStep);
      else await answers.keep(sagaId, sagaStep, answer);
      return answer;
    } catch (error) {
      // Whoever called may keep this transaction (a deferred command); it must not keep the claim.
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
  answerOf('failure', refusal, { code: withdrawnCode, detail: 'its compensation came first: nothing was done' });
