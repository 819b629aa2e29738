import { setTimeout as delay } from 'node:timers/promises';
import { classify, type Transactions } from '@ftgo/messaging';

const backoffMs = 10;

/**
 * Runs `work` in a transaction, and again from its beginning when another writer was faster: each time one of them gets
 * through. In a transaction that is open already (a message is handled) the conflict is thrown to the code that opened it.
 */
export async function retryingConflicts<T>(transactions: Transactions, work: () => Promise<T>, tries = 20): Promise<T> {
  if (transactions.open) return work();
  for (let attempt = 1; ; attempt++) {
    try {
      return await transactions.run(work);
    } catch (error) {
      if (classify(error) !== 'transient' || attempt >= tries) throw error;
      await delay(Math.random() * backoffMs * attempt);
    }
  }
}
