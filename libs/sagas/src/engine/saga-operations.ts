import type { Transactions } from '@ftgo/messaging';
import type { OperatorAct } from '../decide/decision.js';
import type { SagaInstance } from '../decide/instance.js';
import { SagaNotFound, SagaReader } from './saga-reader.js';
import type { Sagas } from './sagas.js';

/** Who acts, and why; stored in the history. */
export interface OperatorNote {
  readonly by: string;
  readonly reason: string;
  /** The step that the operator has seen: the act is rejected if the saga has moved on. */
  readonly step?: string;
}

/** The operators' view of sagas, and their actions on sagas that have not ended. */
export class SagaOperations extends SagaReader {
  constructor(
    private readonly sagas: Sagas,
    transactions: Transactions,
  ) {
    super(transactions);
  }

  /** Resends the command of the current step, or reruns its local work, immediately. */
  retry(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'retry' }, note);
  }

  /** Continues as if the current step had succeeded. */
  skip(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'skip' }, note);
  }

  /**
   * Undoes all steps that have happened, including the current one, since it may have happened. Throws
   * ActNotPossible after the pivot, at a step with `sendAgainWhenInDoubt`, and while the saga is being undone.
   */
  compensate(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'compensate', refusal: { code: 'UNDONE_BY_OPERATOR', detail: note.reason } }, note);
  }

  /** Ends the saga as it is; the rest was done by hand. */
  resolve(id: string, status: 'COMPLETED' | 'ROLLED_BACK', note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'resolve', status }, note);
  }

  private async act(id: string, act: OperatorAct, note: OperatorNote): Promise<SagaInstance<unknown>> {
    const instance = await this.sagas.operate(id, { kind: 'operator', act, ...note });
    if (!instance) throw new SagaNotFound(id);
    return instance;
  }
}
