import { maxOrderLines } from '@ftgo/platform';
import { expect, it } from 'vitest';
import { maxLines } from './order-line-items.js';

it('a request may name as many lines as an order may have', () => {
  expect(maxOrderLines).toBe(maxLines);
});
