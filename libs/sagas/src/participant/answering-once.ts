import {
  type Answer,
  answerOf,
  type CommandHandler,
  type ContentType,
  commandHeader,
  type Handler,
  type IncomingMessage,
  type Middleware,
  type Outbox,
  type PayloadType,
  type Refusal,
} from '@ftgo/messaging';
import { forwardOf, isUndo } from '../definition/definition.js';
import { sagaStepOf } from '../headers.js';
import { startedAt } from '../saga-id.js';
import type { AnsweredStep, Answers } from './answers.js';

/** The failure code for a command that arrives after its own compensation. */
export const withdrawnCode = 'WITHDRAWN';

/** The failure code for a command that may have been handled, or withdrawn, so long ago that no reply to it is stored any more. */
export const replyDeletedCode = 'REPLY_DELETED';

/** What a participant needs. */
export interface AnsweringOnceOptions {
  readonly answers: Answers;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** Knows the content types of the reply channels; default: JSON. */
  readonly outbox?: Pick<Outbox, 'contentTypeOf'>;
}

/**
 * A participant replies to each step of a saga once: a command that is resent gets the same reply without being executed again. A
 * compensation whose step has not arrived, or failed, succeeds without doing anything; if the step arrives later, it is
 * withdrawn. Both are rejected if the reply to the step may have been deleted: a compensation of an old saga, since it is unknown
 * what there is to undo, and an old command, such as one that is redriven after a month, since it may have been withdrawn.
 */
export function answeringOnce({ answers, refusal, outbox }: AnsweringOnceOptions): Middleware {
  const contentTypeFor = ({ extensions }: IncomingMessage) => outbox?.contentTypeOf(extensions[commandHeader.replyTo] ?? '');
  const answer: Middleware = async (message, handler, next) => {
    const step = stepToAnswer(message, handler);
    if (!step || handler.kind !== 'command') return next();
    const contentType = contentTypeFor(message);
    const known = await answers.find(step);
    if (known) return known === 'withdrawn' ? withdrawn(refusal, contentType) : known;
    // The reply to a command.
    const carryOut = next as () => Promise<Answer>;
    const given = isUndo(step.sagaStep)
      ? await undone(answers, step, carryOut, () => nothingToUndo(handler, contentType))
      : await executed(answers, step, carryOut, message.time);
    return given ?? replyDeleted(refusal, contentType);
  };
  const prepare: Middleware['prepare'] = async (batch) => {
    const steps = batch.flatMap(({ message, handler }) => stepToAnswer(message, handler) ?? []);
    if (steps.length > 0) await answers.prepare(steps.flatMap((step) => (isUndo(step.sagaStep) ? [step, forward(step)] : [step])));
  };
  return Object.assign(answer, { prepare });
}

/** Undefined for a message that is not a command of a saga with a reply. */
function stepToAnswer(message: IncomingMessage, handler: Handler): AnsweredStep | undefined {
  const { sagaId, sagaStep } = sagaStepOf(message);
  if (handler.kind !== 'command' || sagaId === undefined || sagaStep === undefined || !handler.type.reply) return undefined;
  return { sagaId, sagaStep };
}

const forward = ({ sagaId, sagaStep }: AnsweredStep): AnsweredStep => ({ sagaId, sagaStep: forwardOf(sagaStep) });

/** Undefined: the reply may have been deleted. */
async function executed(answers: Answers, step: AnsweredStep, carryOut: () => Promise<Answer>, time: Date): Promise<Answer | undefined> {
  if (answers.mayHaveForgotten(time.getTime())) return undefined;
  const given = await carryOut();
  answers.keep(step, given);
  return given;
}

/** Undefined: the reply to the step may have been deleted. */
async function undone(
  answers: Answers,
  step: AnsweredStep,
  carryOut: () => Promise<Answer>,
  nothing: () => Answer,
): Promise<Answer | undefined> {
  const done = await answers.find(forward(step));
  if (!done && answers.mayHaveForgotten(startedAt(step.sagaId))) return undefined;
  if (!done) answers.keep(forward(step), 'withdrawn');
  const hasHappened = done !== undefined && done !== 'withdrawn' && done.outcome === 'success';
  const given = hasHappened ? await carryOut() : nothing();
  // A failed compensation is not final: it is retried until it succeeds.
  if (given.outcome === 'success') answers.keep(step, given);
  return given;
}

function nothingToUndo({ type }: CommandHandler, contentType: ContentType | undefined): Answer {
  return answerOf('success', type.reply as PayloadType<unknown>, {}, contentType);
}

const withdrawn = (refusal: PayloadType<Refusal>, contentType: ContentType | undefined): Answer =>
  answerOf('failure', refusal, { code: withdrawnCode, detail: 'withdrawn: its compensation arrived first; nothing was done' }, contentType);

/** Not stored: it says nothing about the step. */
const replyDeleted = (refusal: PayloadType<Refusal>, contentType: ContentType | undefined): Answer =>
  answerOf(
    'failure',
    refusal,
    {
      code: replyDeletedCode,
      detail:
        'it is unknown whether the step has happened, since the reply to it may have been deleted in the meantime; nothing was done. ' +
        'Find out, undo the step by hand if necessary, and skip it or its compensation',
    },
    contentType,
  );
