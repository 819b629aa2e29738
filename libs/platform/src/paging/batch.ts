import { DomainError } from '@ftgo/kernel';

/** The maximum number of results of a batch get; that many of the largest size fit into one message between services. */
export const maxBatch = 100;

/** More of the requested ids exist than a batch get returns. */
export class BatchTooLarge extends DomainError {
  constructor() {
    super(
      'BATCH_TOO_LARGE',
      'invalid',
      `too many results: more than ${maxBatch} of these ids exist; request at most ${maxBatch} at a time`,
    );
  }
}

/** Checks the results of a batch get that were queried with a limit of `maxBatch + 1`. */
export function batchOf<Item>(found: readonly Item[]): Item[] {
  if (found.length > maxBatch) throw new BatchTooLarge();
  return [...found];
}
