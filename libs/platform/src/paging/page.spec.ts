import { describe, expect, it } from 'vitest';
import { pageOf } from './page.js';

const page = (sizes: readonly number[], items = 10) => pageOf(sizes, { items, bytes: 100 }, (bytes) => bytes);

describe('pageOf', () => {
  it('returns all items if they fit', () => {
    expect(page([40, 60])).toEqual({ items: [40, 60], hasMore: false });
    expect(page([])).toEqual({ items: [], hasMore: false });
  });

  it('ends before an item beyond the page size', () => {
    expect(page([1, 2, 3], 2)).toEqual({ items: [1, 2], hasMore: true });
  });

  it('ends before the item that would make the page too large', () => {
    expect(page([40, 60, 1])).toEqual({ items: [40, 60], hasMore: true });
  });

  it('returns a single oversized item alone', () => {
    expect(page([101, 1])).toEqual({ items: [101], hasMore: true });
    expect(page([1, 101])).toEqual({ items: [1], hasMore: true });
    expect(page([101])).toEqual({ items: [101], hasMore: false });
  });
});
