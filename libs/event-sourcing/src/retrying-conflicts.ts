import { setTimeout as delay } from 'node:timers/promises';
import { classify, type Transactions } from '@ftgo/messaging';

const backoffMs = 10;

/**
 * Runs `work` in a transaction, and retries it from the start when another writer was faster; with each conflict one of
 * the writers succeeds. Inside a running transaction (a message is being handled), the conflict is thrown to the code
 * that opened it.
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
