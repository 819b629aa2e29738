import { describe, expect, it } from 'vitest';
import { type Arrival, arrivals } from '../arrivals.js';

function first<Kind extends string>(count: number, sequence: Iterable<Arrival<Kind>>): Array<Arrival<Kind>> {
  const found: Array<Arrival<Kind>> = [];
  for (const arrival of sequence) if (found.push(arrival) === count) break;
  return found;
}

describe('arrivals', () => {
  it('are the same for the same seed, and others for another', () => {
    const of = (seed: number) => first(50, arrivals({ order: 10, read: 20 }, 'poisson', seed));
    expect(of(7)).toEqual(of(7));
    expect(of(7)).not.toEqual(of(8));
  });

  it('are in the order of their times', () => {
    const times = first(500, arrivals({ order: 10, read: 30, history: 3 }, 'poisson', 1)).map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('of a kind do not depend on the rates of the others', () => {
    const orders = (read: number) =>
      first(2_000, arrivals({ order: 10, read }, 'poisson', 3))
        .filter(({ kind }) => kind === 'order')
        .slice(0, 20);
    expect(orders(50)).toEqual(orders(5));
  });

  it.each(['poisson', 'constant'] as const)('have the rate asked for when they are %s', (pattern) => {
    const all = arrivals({ order: 50, read: 100 }, pattern, 11);
    const inTenMinutes: Array<Arrival<'order' | 'read'>> = [];
    for (const arrival of all) {
      if (arrival.atMs >= 600_000) break;
      inTenMinutes.push(arrival);
    }
    const { order = [], read = [] } = Object.groupBy(inTenMinutes, ({ kind }) => kind);
    // The standard deviation of a Poisson process is the root of its mean: more than three of them.
    expect(Math.abs(order.length - 30_000)).toBeLessThan(600);
    expect(Math.abs(read.length - 60_000)).toBeLessThan(900);
  });

  it('vary as a Poisson process does: the standard deviation of the gaps is their mean', () => {
    const times = first(20_000, arrivals({ order: 100 }, 'poisson', 5)).map(({ atMs }) => atMs);
    const gaps = times.slice(1).map((at, i) => at - (times[i] as number));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeCloseTo(10, 0);
    expect(deviation / mean).toBeCloseTo(1, 1);
  });

  it('of a kind with rate 0 do not occur', () => {
    expect(first(100, arrivals({ order: 1, read: 0 }, 'constant', 1)).map(({ kind }) => kind)).not.toContain('read');
  });
});
