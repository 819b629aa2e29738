import { describe, expect, it } from 'vitest';
import type { ReceivedRecord } from '../src/broker/index.js';
import { inboxId } from '../src/inbox/inbox.js';

const recordOf = (position: string, value: string): ReceivedRecord => ({
  topic: 'orders',
  partition: 0,
  position,
  key: undefined,
  value: Buffer.from(value),
  headers: new Map(),
});

describe('the identity of a record without an id', () => {
  it('is the same on every delivery', () => {
    expect(inboxId(recordOf('7', 'a'))).toBe(inboxId(recordOf('7', 'a')));
  });

  it('is unique, even if another record was at its place before its topic was recreated', () => {
    const ids = [recordOf('7', 'a'), recordOf('7', 'b'), recordOf('8', 'a')].map(inboxId);
    expect(new Set(ids).size).toBe(3);
  });
});
