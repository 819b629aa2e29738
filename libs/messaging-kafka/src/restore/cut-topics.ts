import type { ReceivedRecord } from '@ftgo/messaging/broker';
import type { Admin } from 'kafkajs';
import { type KafkaAccess, kafkaJsAccess } from '../access-files.js';
import { newClient } from '../kafkajs/client.js';
import { settingsOf } from '../kafkajs/options.js';
import { copyKept, type PartitionLog } from './copy-kept.js';
import { forgetGroups } from './forget-groups.js';

export interface CutOptions {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** Default: neither TLS nor credentials. The user needs every permission on these topics and groups. */
  readonly access?: KafkaAccess | undefined;
  readonly isOurTopic: (topic: string) => boolean;
  /** The groups that start again at the first record; they must have no members. */
  readonly isOurGroup: (group: string) => boolean;
  /** Resolves to those of these records, in order within one partition, that stay. */
  readonly keep: (records: readonly ReceivedRecord[]) => Promise<readonly ReceivedRecord[]>;
  /** How long members may take to leave their groups, in ms; default 20 s, since those of killed processes stay for a while. */
  readonly patienceMs?: number | undefined;
}

/** How many records of a topic stayed, and how many were removed. */
export interface CutTopic {
  readonly topic: string;
  readonly kept: number;
  readonly removed: number;
}

/**
 * Removes records from the middle of topics, which Kafka itself cannot do: appends those that stay to their partitions, in order,
 * and then deletes everything before them. Every group of the system then starts at the first record. Nothing else may use the
 * topics meanwhile. If it fails, run it again: records may then be there twice, as after a crash of the relay.
 */
export async function cutTopics({ brokers, access, isOurTopic, isOurGroup, keep, patienceMs = 20_000 }: CutOptions): Promise<CutTopic[]> {
  const client = newClient(settingsOf({ brokers, clientId: 'restore', ...(access && kafkaJsAccess(access)) }));
  const admin = client.admin();
  await admin.connect();
  try {
    await forgetGroups(admin, isOurGroup, patienceMs);
    const logs = await logsOf(admin, (await admin.listTopics()).filter(isOurTopic));
    const kept = await copyKept(client, logs, keep);
    for (const [topic, of] of Map.groupBy(logs, (log) => log.topic))
      await admin.deleteTopicRecords({ topic, partitions: of.map(({ partition, end }) => ({ partition, offset: String(end) })) });
    return [...kept].map(([topic, counts]) => ({ topic, ...counts })).toSorted((a, b) => (a.topic < b.topic ? -1 : 1));
  } finally {
    await admin.disconnect();
  }
}

async function logsOf(admin: Admin, topics: readonly string[]): Promise<PartitionLog[]> {
  const logs: PartitionLog[] = [];
  for (const topic of topics)
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      if (low !== high) logs.push({ topic, partition, end: BigInt(high) });
  return logs;
}
