import { describe, expect, it } from 'vitest';
import { verdictOf } from './ledger-check.js';

const handled = (account: number, ...numbers: number[]) => numbers.map((number) => ({ account, number }));

describe('the ledger', () => {
  it('is clean if the entries of each account were handled once and in order, whatever the order of accounts', () => {
    const verdict = verdictOf(
      [
        { id: 1, entries: 2 },
        { id: 2, entries: 1 },
      ],
      [...handled(1, 1), ...handled(2, 1), ...handled(1, 2)],
    );
    expect(verdict).toEqual({ entries: 3, lost: [], doubled: [], reordered: [] });
  });

  it('names every entry that was lost, duplicated or reordered', () => {
    const verdict = verdictOf([{ id: 1, entries: 5 }], handled(1, 1, 3, 2, 3, 4));
    expect(verdict).toMatchObject({
      lost: ['entry 5 of account 1'],
      doubled: ['entry 3 of account 1'],
      reordered: ['entry 2 of account 1: handled after 3'],
    });
  });

  it('ignores entries that were written after it was read', () => {
    expect(verdictOf([{ id: 1, entries: 1 }], handled(1, 1, 2))).toMatchObject({ lost: [], doubled: [], reordered: [] });
  });
});
