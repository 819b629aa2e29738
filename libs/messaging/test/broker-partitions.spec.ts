import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, murmur2, partitionKey, partitionOf } from '../src/broker/partitions.js';

describe('partitioning', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka’s own client does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('maps a negative hash as Java’s client does, not by its unsigned value', () => {
    // For 6 partitions the two differ: (hash & 0x7fffffff) % 6 against (hash >>> 0) % 6.
    expect(partitionOf(6, Buffer.from('foobar'))).toBe((-790332482 & 0x7fffffff) % 6);
    expect(partitionOf(6, Buffer.from('foobar'))).not.toBe((-790332482 >>> 0) % 6);
  });

  it('hashes a range of a larger buffer like a separate buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, key, after) => {
        const whole = Buffer.concat([before, key, after]);
        expect(murmur2(whole, before.length, before.length + key.length)).toBe(murmur2(key));
      }),
    );
  });
});

describe('assigning partitions', () => {
  const memberIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  const topics = fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 5 });

  it('assigns every partition to one member, evenly, and changes nothing without need', () => {
    fc.assert(
      fc.property(memberIds, topics, (ids, counts) => {
        const partitions = new Map(counts.map((count, i) => [`topic-${i}`, count]));
        const of = (owned: ReadonlyMap<string, ReadonlySet<string>>) =>
          assign(
            ids.map((id) => ({ id, topics: [...partitions.keys()], owned: owned.get(id) ?? new Set<string>() })),
            partitions,
          );
        const shares = of(new Map());
        const all = [...shares.values()].flat().map(partitionKey);
        expect(new Set(all).size).toBe(all.length);
        expect(all).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
        for (const [topic, count] of partitions) {
          const each = [...shares.values()].map((share) => share.filter((one) => one.topic === topic).length);
          expect(Math.max(...each) - Math.min(...each)).toBe(count % ids.length === 0 ? 0 : 1);
        }
        const owned = new Map([...shares].map(([id, share]) => [id, new Set(share.map(partitionKey))]));
        const again = of(owned);
        const moved = [...again].flatMap(([id, share]) => share.filter((one) => !owned.get(id)?.has(partitionKey(one))));
        expect(moved).toEqual([]);
      }),
    );
  });

  it('assigns a topic only to members that read it', () => {
    const shares = assign(
      [
        { id: 'old', topics: ['a'], owned: new Set() },
        { id: 'new', topics: ['a', 'b'], owned: new Set() },
      ],
      new Map([
        ['a', 2],
        ['b', 2],
      ]),
    );
    expect(shares.get('old')?.filter(({ topic }) => topic === 'b')).toEqual([]);
    expect(shares.get('new')?.filter(({ topic }) => topic === 'b')).toHaveLength(2);
  });
});
