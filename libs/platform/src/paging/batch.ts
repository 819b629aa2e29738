import { DomainError } from '@ftgo/kernel';

/** How many things a batch get returns at most: so many of the largest fit into one message between services. */
export const maxBatch = 100;

/** More of the ids of a batch get exist than it returns. */
export class BatchTooLarge extends DomainError {
  constructor() {
    super('BATCH_TOO_LARGE', 'invalid', `more than ${maxBatch} of these exist: ask for at most ${maxBatch} ids at once`);
  }
}

/** What was found for a batch get by a query with a limit of `maxBatch + 1`. */
export function batchOf<Item>(found: readonly Item[]): Item[] {
  if (found.length > maxBatch) throw new BatchTooLarge();
  return [...found];
}
