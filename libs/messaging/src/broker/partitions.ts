const seed = 0x9747b28c;
const m = 0x5bd1e995;

/** Murmur2 over a range of a buffer, as Java's client computes it; a signed 32-bit number. */
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

/** The partition of a key. It matches Java's default partitioner, so that producers in other languages agree. */
export const partitionOf = (partitions: number, key: Uint8Array, start = 0, end = key.length): number =>
  (murmur2(key, start, end) & 0x7fffffff) % partitions;

const at = (bytes: Uint8Array, index: number): number => bytes[index] as number;

export interface Member {
  readonly id: string;
  readonly topics: readonly string[];
  /** Its current partitions, as `topic/partition`. */
  readonly owned: ReadonlySet<string>;
}

/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition as a string, for use as the key of a map: `topic/0`. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * Assigns partitions as evenly as the members' topics allow, in total and per topic. A partition stays with its member unless
 * that would be uneven.
 */
export function assign(members: readonly Member[], partitions: ReadonlyMap<string, number>): Map<string, TopicPartition[]> {
  const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const shares = new Map(sorted.map(({ id }) => [id, [] as TopicPartition[]]));
  const load = (member: Member) => (shares.get(member.id) as TopicPartition[]).length;
  for (const [topic, count] of [...partitions].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const eligible = sorted.filter(({ topics }) => topics.includes(topic));
    if (eligible.length === 0) continue;
    const room = new Room(eligible, count);
    const give = (member: Member, partition: number) => {
      shares.get(member.id)?.push({ topic, partition });
      room.take(member);
    };
    const open: number[] = [];
    for (let partition = 0; partition < count; partition++) {
      const owner = eligible.find(({ owned }) => owned.has(partitionKey({ topic, partition })));
      if (owner && room.has(owner)) give(owner, partition);
      else open.push(partition);
    }
    for (const partition of open) {
      const [least] = eligible.filter((member) => room.has(member)).toSorted((a, b) => room.taken(a) - room.taken(b) || load(a) - load(b));
      give(least as Member, partition);
    }
  }
  return shares;
}

/** The number of partitions of one topic for each member: the same for all, plus one for the remainder. */
class Room {
  private readonly counts = new Map<Member, number>();
  private readonly each: number;
  private oneMore: number;

  constructor(members: readonly Member[], partitions: number) {
    this.each = Math.floor(partitions / members.length);
    this.oneMore = partitions % members.length;
  }

  taken(member: Member): number {
    return this.counts.get(member) ?? 0;
  }

  has(member: Member): boolean {
    return this.taken(member) < this.each || (this.taken(member) === this.each && this.oneMore > 0);
  }

  take(member: Member): void {
    if (this.taken(member) === this.each) this.oneMore--;
    this.counts.set(member, this.taken(member) + 1);
  }
}
