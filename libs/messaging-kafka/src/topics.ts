import { BrokerUnavailable, type TopicSpec } from '@ftgo/messaging/broker';
import { createTopicsV7, listOffsetsV7 } from '@platformatic/kafka';
import { isDenied } from './access.js';
import type { Cluster } from './cluster.js';
import { code } from './codes.js';
import { answerOf, codesOf, describe } from './errors.js';

const createTimeoutMs = 10_000;
/** The broker's own setting. */
const defaultReplication = -1;
const earliest = -2n;
const latest = -1n;
/** The offset of the record with the largest timestamp, and that timestamp; from Kafka 3.0. */
const largestTimestamp = -3n;

export async function missingTopics(cluster: Cluster, topics: readonly string[]): Promise<string[]> {
  if (topics.length === 0) return [];
  await cluster.refresh(topics);
  const denied = cluster.denied(topics);
  if (denied.length > 0) throw cluster.notPermitted(denied);
  return topics.filter((topic) => cluster.topic(topic)?.errorCode === code.unknownTopicOrPartition);
}

/** Creates the missing topics, and waits until they are usable. */
export async function ensureTopics(cluster: Cluster, specs: readonly TopicSpec[]): Promise<void> {
  const names = specs.map(({ topic }) => topic);
  const missing = new Set(await missingTopics(cluster, names));
  const wanted = specs.filter(({ topic }) => missing.has(topic));
  if (wanted.length > 0) await create(cluster, wanted);
  const deadline = performance.now() + createTimeoutMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    const pending = await notServed(cluster, names);
    if (pending.length === 0) return;
    if (performance.now() > deadline) throw new BrokerUnavailable(`cannot use topics yet: ${pending.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function create(cluster: Cluster, specs: readonly TopicSpec[]): Promise<void> {
  const requests = specs.map(({ topic, partitions, retentionMs }) => ({
    name: topic,
    numPartitions: partitions,
    replicationFactor: defaultReplication,
    assignments: [],
    configs: retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(retentionMs) }],
  }));
  const answer = await cluster
    .anyLink((link) =>
      link.request(createTopicsV7.api, requests, createTimeoutMs, false).catch(answerOf<createTopicsV7.CreateTopicsResponse>()),
    )
    .catch((error: unknown) => {
      throw cluster.failure('Kafka cannot create topics', error);
    });
  for (const { name, errorCode, errorMessage } of answer.topics) {
    // Another instance may have been faster.
    if (errorCode === code.none || errorCode === code.topicExists) continue;
    if (isDenied(errorCode)) throw cluster.notPermitted([name]);
    throw new BrokerUnavailable(`cannot create topic ${name}: ${errorMessage ?? describe(errorCode)}`);
  }
}

/** Metadata may name a leader before it leads, so the leaders are asked. */
async function notServed(cluster: Cluster, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  await cluster.refresh(names);
  const served = await Promise.all(names.map((name) => isServed(cluster, name)));
  return names.filter((_, i) => !served[i]);
}

async function isServed(cluster: Cluster, name: string): Promise<boolean> {
  const topic = cluster.topic(name);
  if (!topic || topic.errorCode !== code.none || topic.leaders.some((leader) => leader < 0)) return false;
  const byLeader = Map.groupBy(topic.leaders.keys(), (partition) => topic.leaders[partition] as number);
  const answers = await Promise.all([...byLeader].map(([leader, partitions]) => leads(cluster, leader, name, partitions)));
  return answers.every(Boolean);
}

async function leads(cluster: Cluster, leader: number, name: string, partitions: readonly number[]): Promise<boolean> {
  try {
    await firstOffsets(cluster, leader, name, partitions);
    return true;
  } catch (error) {
    if (codesOf(error).length > 0) return false;
    throw cluster.failure(`broker ${leader} does not respond`, error);
  }
}

export const firstOffsets = (cluster: Cluster, leader: number, name: string, partitions: readonly number[]) =>
  offsetsAt(earliest, cluster, leader, { name, partitions });

/** The offsets of the next records to be written. */
export const nextOffsets = (cluster: Cluster, leader: number, name: string, partitions: readonly number[]) =>
  offsetsAt(latest, cluster, leader, { name, partitions });

/** When the newest record of these topics was written; undefined if there is none. Missing topics have none. */
export async function newestAt(cluster: Cluster, topics: readonly string[]): Promise<Date | undefined> {
  const missing = await missingTopics(cluster, topics);
  const found = await Promise.all(topics.filter((name) => !missing.includes(name)).map((name) => timestampsOf(cluster, name)));
  const newest = Math.max(...found.flat());
  return newest >= 0 ? new Date(newest) : undefined;
}

async function timestampsOf(cluster: Cluster, name: string): Promise<number[]> {
  const { leaders } = await cluster.existing(name);
  const byLeader = Map.groupBy(leaders.keys(), (partition) => leaders[partition] as number);
  try {
    const answers = await Promise.all(
      [...byLeader].map(([leader, partitions]) => offsetsAt(largestTimestamp, cluster, leader, { name, partitions })),
    );
    return answers.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions.map(({ timestamp }) => Number(timestamp))));
  } catch (error) {
    throw cluster.failure(`cannot get the time of the newest record of ${name}`, error);
  }
}

async function offsetsAt(
  timestamp: bigint,
  cluster: Cluster,
  leader: number,
  { name, partitions }: { readonly name: string; readonly partitions: readonly number[] },
) {
  const link = cluster.link(leader);
  const wanted = partitions.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
  try {
    return await link.request(listOffsetsV7.api, -1, 0, [{ name, partitions: wanted }]);
  } finally {
    cluster.release(link);
  }
}
