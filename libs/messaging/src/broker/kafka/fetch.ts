import { fetchV12, type Reader } from '@platformatic/kafka';
import { ByteReader } from './bytes.js';
import type { Link } from './link.js';

export interface FetchRequest {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  /** Record batches as they lie in Kafka; not shared with another partition. */
  readonly records: Buffer;
}

/** The broker answers at once when there is anything, else after this time. */
const maxWaitMs = 500;
const minBytes = 1;
const maxBytes = 4 * 1024 * 1024;
const partitionMaxBytes = 512 * 1024;
const readUncommitted = 0;
const { key, version } = fetchV12.api;
const nothing = Buffer.alloc(0);

/** Fetches from some partitions that one broker leads. */
export function fetch(link: Link, partitions: readonly FetchRequest[]): Promise<FetchedPartition[]> {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({
    topicId: topic,
    partitions: of.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: offset,
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    })),
  }));
  const request = () => fetchV12.createRequest(maxWaitMs, minBytes, maxBytes, readUncommitted, 0, -1, topics, [], '');
  return link.send(key, version, request, (_correlation, _key, _version, reader) => parse(reader));
}

/** Our own, since the client's decodes every record at once, through a buffer of many pieces. */
function parse(received: Reader): FetchedPartition[] {
  const reader = new ByteReader(received.buffer.slice(received.position));
  reader.skip(4);
  const errorCode = reader.int16();
  reader.skip(4);
  const partitions: FetchedPartition[] = [];
  for (let topics = reader.unsignedVarint() - 1; topics > 0; topics--) {
    const topic = reader.compactString();
    for (let left = reader.unsignedVarint() - 1; left > 0; left--) partitions.push(readPartition(reader, topic));
    reader.skipTaggedFields();
  }
  if (errorCode !== 0) throw new Error(`Kafka answered a fetch with error ${errorCode}`);
  const withRecords = partitions.filter(({ records }) => records.length > 0);
  if (withRecords.length < 2) return partitions;
  // A partition that is handled slowly must not hold the bytes of the others.
  return partitions.map((partition) => ({ ...partition, records: Buffer.from(partition.records) }));
}

function readPartition(reader: ByteReader, topic: string): FetchedPartition {
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
  reader.skipTaggedFields();
  return { topic, partition, errorCode, highWatermark, records };
}
