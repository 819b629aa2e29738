import { expect, it } from 'vitest';
import { relayTable } from './screens.js';

it.each([
  [1, '1 message'],
  [2, '2 messages'],
  [10_000, '10000 messages or more'],
])('counts a backlog of %d', (unpublished, words) => {
  const line = { service: 'order-service', database: 'ftgo_order', state: 'lagging', unpublished, lagBytes: 1_024 } as const;
  expect(relayTable([line])).toMatch(new RegExp(`ftgo_order +lagging +does not respond +${words} +1 kB`));
});
