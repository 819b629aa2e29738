const seed = 0x9747b28c;
const m = 0x5bd1e995;

/** Murmur2 over part of a buffer, as Java's client computes it; a signed 32-bit number. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const length = end - start;
  let h = seed ^ length;
  let i = start;
  for (const last = end - 3; i < last; i += 4) {
    let k = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = end - i;
  if (rest > 2) h ^= at(bytes, i + 2) << 16;
  if (rest > 1) h ^= at(bytes, i + 1) << 8;
  if (rest > 0) h = Math.imul(h ^ at(bytes, i), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** The partition of a key, the same that Java's default partitioner gives, so that producers in other languages agree. */
export const partitionOf = (partitions: number, key: Uint8Array, start = 0, end = key.length): number =>
  (murmur2(key, start, end) & 0x7fffffff) % partitions;

const at = (bytes: Uint8Array, index: number): number => bytes[index] as number;
