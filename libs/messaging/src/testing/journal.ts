import { expect } from 'vitest';
import type { RecordBatch } from '../broker/index.js';
import { textOf } from './records.js';

/** Remembers what handlers got, for assertions. */
export class Journal {
  readonly entries: { key: string; n: number; partition: number }[] = [];

  add({ records, partition }: RecordBatch): void {
    for (const record of records) this.entries.push({ key: String(record.key), n: Number(textOf(record)), partition });
  }

  get distinct(): Set<number> {
    return new Set(this.entries.map(({ n }) => n));
  }

  /** Per key, the numbers in the order in which they came first. */
  firstDeliveries(): Map<string, number[]> {
    const seen = new Set<number>();
    const first = this.entries.filter(({ n }) => !seen.has(n) && seen.add(n));
    return new Map([...Map.groupBy(first, ({ key }) => key)].map(([key, of]) => [key, of.map(({ n }) => n)]));
  }
}

/** First deliveries of each key came in the order of their numbers. */
export const expectInOrder = (journal: Journal) => {
  for (const numbers of journal.firstDeliveries().values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
};
