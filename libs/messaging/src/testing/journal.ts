import { expect } from 'vitest';
import type { RecordBatch } from '../broker/index.js';
import { textOf } from './records.js';

/** Records what handlers received, for assertions. */
export class Journal {
  readonly entries: { key: string; n: number; partition: number }[] = [];

  add({ records, partition }: RecordBatch): void {
    for (const record of records) this.entries.push({ key: String(record.key), n: Number(textOf(record)), partition });
  }

  get distinct(): Set<number> {
    return new Set(this.entries.map(({ n }) => n));
  }

  /** By key, the numbers in the order of their first delivery. */
  firstDeliveries(): Map<string, number[]> {
    const seen = new Set<number>();
    const first = this.entries.filter(({ n }) => !seen.has(n) && seen.add(n));
    return new Map([...Map.groupBy(first, ({ key }) => key)].map(([key, of]) => [key, of.map(({ n }) => n)]));
  }
}

/** Checks that the first deliveries of each key are in the order of their numbers. */
export const expectInOrder = (journal: Journal) => {
  for (const numbers of journal.firstDeliveries().values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
};
