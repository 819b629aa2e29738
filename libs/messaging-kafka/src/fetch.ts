import { fetchV13, type Reader } from '@platformatic/kafka';
import { ByteReader } from './bytes.js';
import type { Link } from './link.js';

export interface FetchRequest {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: bigint;
  /** The epoch of the requested leader: a broker that does not know yet that it is no longer the leader must not respond. */
  readonly leaderEpoch: number;
  /** The epoch of the record before `offset`, so that the leader checks whether its log has that record; -1: unknown. */
  readonly lastEpoch: number;
}

export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  /** The log diverges from what was read before: the end of the last epoch that both have. */
  readonly divergence: LogEnd | undefined;
  /** Record batches as stored in Kafka; not shared with another partition. */
  readonly records: Buffer;
}

/** The end of an epoch in a leader's log. */
export interface LogEnd {
  readonly epoch: number;
  readonly offset: bigint;
}

/** The broker responds immediately if there are records, otherwise after this time. */
const maxWaitMs = 500;
const minBytes = 1;
const maxBytes = 4 * 1024 * 1024;
const partitionMaxBytes = 512 * 1024;
const readUncommitted = 0;
const divergingEpochTag = 0;
const { key, version } = fetchV13.api;
const nothing = Buffer.alloc(0);

/** Fetches from partitions that have the same leader. */
export function fetch(link: Link, partitions: readonly FetchRequest[]): Promise<FetchedPartition[]> {
  const topics = [...Map.groupBy(partitions, ({ topicId }) => topicId)].map(([topicId, of]) => ({
    topicId,
    partitions: of.map(({ partition, offset, leaderEpoch, lastEpoch }) => ({
      partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset: offset,
      lastFetchedEpoch: lastEpoch,
      partitionMaxBytes,
    })),
  }));
  const request = () => fetchV13.createRequest(maxWaitMs, minBytes, maxBytes, readUncommitted, 0, -1, topics, [], '');
  return link.send(key, version, request, (_correlation, _key, _version, reader) => parse(reader));
}

/** Our own implementation, since the client's decodes every record immediately, through a buffer of many pieces. */
function parse(received: Reader): FetchedPartition[] {
  const reader = new ByteReader(received.buffer.slice(received.position));
  reader.skip(4);
  const errorCode = reader.int16();
  reader.skip(4);
  const partitions: FetchedPartition[] = [];
  for (let topics = reader.unsignedVarint() - 1; topics > 0; topics--) {
    const topicId = reader.slice(16).toString('hex');
    for (let left = reader.unsignedVarint() - 1; left > 0; left--) partitions.push(readPartition(reader, topicId));
    reader.skipTaggedFields();
  }
  if (errorCode !== 0) throw new Error(`Kafka returned error ${errorCode} for a fetch`);
  const withRecords = partitions.filter(({ records }) => records.length > 0);
  if (withRecords.length < 2) return partitions;
  // Copied, so that a slowly handled partition does not keep the bytes of the others in memory.
  return partitions.map((partition) => ({ ...partition, records: Buffer.from(partition.records) }));
}

function readPartition(reader: ByteReader, topicId: string): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  reader.skip(16);
  for (let aborted = reader.unsignedVarint() - 1; aborted > 0; aborted--) {
    reader.skip(16);
    reader.skipTaggedFields();
  }
  reader.skip(4);
  const size = reader.unsignedVarint();
  const records = size > 1 ? reader.slice(size - 1) : nothing;
  return { topicId, partition, errorCode, highWatermark, records, divergence: readDivergence(reader) };
}

/** The first tagged field, if present. */
function readDivergence(reader: ByteReader): LogEnd | undefined {
  let divergence: LogEnd | undefined;
  for (let fields = reader.unsignedVarint(); fields > 0; fields--) {
    const tag = reader.unsignedVarint();
    const end = reader.unsignedVarint() + reader.position;
    if (tag === divergingEpochTag) divergence = { epoch: reader.int32(), offset: reader.int64() };
    reader.skip(end - reader.position);
  }
  return divergence;
}
