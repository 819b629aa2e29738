import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Position } from '../src/group-member.js';
import { PartitionFeed } from '../src/partition-feed.js';

const feedFrom = (committed: Position | undefined) =>
  new PartitionFeed({
    topic: 'orders',
    partition: 0,
    committed,
    limits: { headers: 1_000, recordBytes: 1_000_000, batchBytes: 1_000_000 },
    handler: async () => undefined,
    onHandled: () => undefined,
    onRoom: () => undefined,
    onMissed: () => undefined,
    onProblem: () => undefined,
  });

describe('a leader with an earlier epoch than the records read', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const feed = () => {
    const made = feedFrom({ offset: 5n, leaderEpoch: 9, topicId: 'a' });
    made.follow('a');
    return made;
  };

  it('is not asked, since it may no longer lead and may not know later records', () => {
    const ahead = feed();
    expect(ahead.isAheadOf(8)).toBe(true);
    vi.advanceTimersByTime(29_000);
    expect(ahead.isAheadOf(8)).toBe(true);
    expect(ahead.isAheadOf(9)).toBe(false);
    vi.advanceTimersByTime(29_000);
    expect(ahead.isAheadOf(8)).toBe(true);
    expect(ahead.position).toBe(5n);
  });

  it('is asked if it still leads after 30 s, as in a cluster that was restored', () => {
    const ahead = feed();
    expect(ahead.isAheadOf(3)).toBe(true);
    vi.advanceTimersByTime(31_000);
    expect(ahead.isAheadOf(3)).toBe(false);
    expect(ahead.isAheadOf(3)).toBe(false);
    expect(ahead.position).toBe(5n);
  });

  it('is asked immediately if it leads another topic with that name', () => {
    const ahead = feed();
    expect(ahead.isAheadOf(0)).toBe(true);
    ahead.follow('b');
    expect(ahead.isAheadOf(0)).toBe(false);
    expect(ahead.position).toBe(0n);
  });
});

describe('a committed position', () => {
  it('without the id of its topic is trusted, for versions that did not write it', () => {
    const feed = feedFrom({ offset: 5n, leaderEpoch: -1, topicId: undefined });
    feed.follow('a');
    expect(feed.position).toBe(5n);
  });

  it('is restored after a lagging broker briefly returned an earlier topic', () => {
    const feed = feedFrom({ offset: 5n, leaderEpoch: 0, topicId: 'new' });
    feed.follow('old');
    expect(feed.position).toBe(0n);
    feed.follow('new');
    expect(feed.position).toBe(5n);
  });
});
