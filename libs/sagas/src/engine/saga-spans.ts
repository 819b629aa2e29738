import type { MessageContext } from '@ftgo/messaging';
import { failSpan, insideSpan, startSpan, traceparentOf } from '@ftgo/messaging/telemetry';
import type { SagaInput } from '../decide/decision.js';
import type { StoredSaga } from './saga-store.js';

/**
 * Runs a move that no message caused, a deadline's or an operator's, in the trace of the request that started the saga, so that
 * all steps of a saga are one trace.
 */
export async function moving<T>(
  { instance: { id, saga, step }, context }: StoredSaga,
  { kind }: SagaInput,
  work: (context: MessageContext) => Promise<T>,
): Promise<T> {
  const span = startSpan(`saga ${kind}`, context, () => ({ attributes: { 'saga.id': id, 'saga.name': saga, 'saga.step': step } }));
  if (!span) return work(context);
  try {
    return await insideSpan(span, () => work({ ...context, traceparent: traceparentOf(span) }));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}
