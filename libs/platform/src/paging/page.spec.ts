import { describe, expect, it } from 'vitest';
import { pageOf } from './page.js';

const page = (sizes: readonly number[], items = 10) => pageOf(sizes, { items, bytes: 100 }, (bytes) => bytes);

describe('a page of a list', () => {
  it('holds all that was found when that fits', () => {
    expect(page([40, 60])).toEqual({ items: [40, 60], hasMore: false });
    expect(page([])).toEqual({ items: [], hasMore: false });
  });

  it('ends before the item that is one too many', () => {
    expect(page([1, 2, 3], 2)).toEqual({ items: [1, 2], hasMore: true });
  });

  it('ends before the item with which it would be too large', () => {
    expect(page([40, 60, 1])).toEqual({ items: [40, 60], hasMore: true });
  });

  it('holds a single item that is too large, alone', () => {
    expect(page([101, 1])).toEqual({ items: [101], hasMore: true });
    expect(page([1, 101])).toEqual({ items: [1], hasMore: true });
    expect(page([101])).toEqual({ items: [101], hasMore: false });
  });
});
