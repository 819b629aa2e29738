import type { Transactions } from '@ftgo/messaging';
import type { OperatorAct } from '../decide/decision.js';
import type { SagaInstance } from '../decide/instance.js';
import { SagaNotFound, SagaReader } from './saga-reader.js';
import type { Sagas } from './sagas.js';

/** Who acts, and why: kept in the history. */
export interface OperatorNote {
  readonly by: string;
  readonly reason: string;
}

/** What operators see of sagas, and what they can do to one that has not ended. */
export class SagaOperations extends SagaReader {
  constructor(
    private readonly sagas: Sagas,
    transactions: Transactions,
  ) {
    super(transactions);
  }

  /** Sends the command of the current step again, or runs its local work again, now. */
  retry(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'retry' }, note);
  }

  /** Goes on as if the current step had succeeded. */
  skip(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'skip' }, note);
  }

  /** Undoes what was done, the current step included, since it may have happened. Not after the pivot. */
  compensate(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'compensate', refusal: { code: 'UNDONE_BY_OPERATOR', detail: note.reason } }, note);
  }

  /** Ends it as it is; what is missing was done by hand. */
  resolve(id: string, status: 'COMPLETED' | 'ROLLED_BACK', note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'resolve', status }, note);
  }

  private async act(id: string, act: OperatorAct, note: OperatorNote): Promise<SagaInstance<unknown>> {
    const instance = await this.sagas.operate(id, { kind: 'operator', act, ...note });
    if (!instance) throw new SagaNotFound(id);
    return instance;
  }
}
