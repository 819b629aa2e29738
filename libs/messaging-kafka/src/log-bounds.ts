import { BrokerUnavailable } from '@ftgo/messaging/broker';
import { offsetForLeaderEpochV4 } from '@platformatic/kafka';
import type { Cluster } from './cluster.js';
import type { LogEnd } from './fetch.js';
import type { PartitionFeed } from './partition-feed.js';
import { firstOffsets } from './topics.js';

const consumerReplica = -1;

/** Why a partition does not have the requested offset. */
export type Gap =
  /** Records before `first` were removed: retention has overtaken the reader. */
  | { readonly kind: 'removed'; readonly first: bigint }
  /** The log was truncated. It has what was read up to `end`; if that is unknown, up to its first record. */
  | { readonly kind: 'lost'; readonly end: LogEnd };

/** The response to a fetch does not say why the offset does not exist, so the partition's leader is asked. */
export async function explainGap(cluster: Cluster, feed: PartitionFeed): Promise<Gap> {
  const { topic, partition } = feed;
  const leader = cluster.topic(topic)?.leaders[partition] ?? -1;
  if (leader < 0) throw new BrokerUnavailable(`${topic}/${partition} has no leader`);
  const bounds = await firstOffsets(cluster, leader, topic, [partition]);
  const first = bounds.topics[0]?.partitions[0]?.offset;
  if (first === undefined || first < 0n) throw new BrokerUnavailable(`broker ${leader} returned no first offset`);
  if (feed.position < first) return { kind: 'removed', first };
  const end = feed.positionEpoch < 0 ? undefined : await endOfEpoch(cluster, leader, feed);
  return { kind: 'lost', end: end && end.offset >= first ? end : { epoch: -1, offset: first } };
}

/** Undefined if the leader's log has nothing from that epoch or an earlier one. */
async function endOfEpoch(cluster: Cluster, leader: number, feed: PartitionFeed): Promise<LogEnd | undefined> {
  const { topic, partition, positionEpoch } = feed;
  const currentLeaderEpoch = cluster.topic(topic)?.epochs[partition] ?? -1;
  const link = cluster.link(leader);
  try {
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch, leaderEpoch: positionEpoch }];
    const answer = await link.request(offsetForLeaderEpochV4.api, consumerReplica, [{ name: topic, partitions }]);
    const end = answer.topics[0]?.partitions[0];
    return end && end.endOffset >= 0n ? { epoch: end.leaderEpoch, offset: end.endOffset } : undefined;
  } finally {
    cluster.release(link);
  }
}
