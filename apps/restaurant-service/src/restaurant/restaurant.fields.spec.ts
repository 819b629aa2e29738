import { maxMenuItems as maxItemsOfRequest } from '@ftgo/platform';
import { expect, it } from 'vitest';
import { maxMenuItems } from './menu.js';

it('a request may name as many items as a menu may have', () => {
  expect(maxItemsOfRequest).toBe(maxMenuItems);
});
