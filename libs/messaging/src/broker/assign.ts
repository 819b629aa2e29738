export interface Member {
  readonly id: string;
  readonly topics: readonly string[];
  /** What it had until now, as `topic/partition`. */
  readonly owned: ReadonlySet<string>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * Shares partitions out: as evenly as the members' topics allow, each topic on its own too, and a partition stays where
 * it is unless that would be uneven.
 */
export function assign(members: readonly Member[], partitions: ReadonlyMap<string, number>): Map<string, TopicPartition[]> {
  const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const shares = new Map(sorted.map(({ id }) => [id, [] as TopicPartition[]]));
  const load = (member: Member) => (shares.get(member.id) as TopicPartition[]).length;
  for (const [topic, count] of [...partitions].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const eligible = sorted.filter(({ topics }) => topics.includes(topic));
    if (eligible.length === 0) continue;
    const inTopic = new Map(eligible.map((member) => [member, 0]));
    const quota = Math.ceil(count / eligible.length);
    const give = (member: Member, partition: number) => {
      shares.get(member.id)?.push({ topic, partition });
      inTopic.set(member, (inTopic.get(member) ?? 0) + 1);
    };
    const open: number[] = [];
    for (let partition = 0; partition < count; partition++) {
      const owner = eligible.find(({ owned }) => owned.has(`${topic}/${partition}`));
      if (owner && (inTopic.get(owner) ?? 0) < Math.floor(count / eligible.length)) give(owner, partition);
      else open.push(partition);
    }
    for (const partition of open) {
      const free = eligible.filter((member) => (inTopic.get(member) ?? 0) < quota);
      const [least] = free.toSorted((a, b) => (inTopic.get(a) ?? 0) - (inTopic.get(b) ?? 0) || load(a) - load(b));
      give(least ?? (eligible[0] as Member), partition);
    }
  }
  return shares;
}
