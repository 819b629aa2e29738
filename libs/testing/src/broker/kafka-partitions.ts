import { Connection, metadataV12, ResponseError } from '@platformatic/kafka';
import { uniqueName } from '../unique-name.js';

/** A partition as a broker reports it, with the ids of the nodes. */
export interface KafkaPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** Every partition that a broker knows of; rejects if it does not respond. */
export async function kafkaPartitions(broker: string): Promise<KafkaPartition[]> {
  const [host = '', port] = broker.split(':');
  const connection = new Connection(uniqueName('partitions'), { connectTimeout: 3_000, requestTimeout: 3_000 });
  connection.on('error', () => undefined);
  try {
    await connection.connect(host, Number(port));
    const { topics } = await metadataV12.api.async(connection, null, false, false).catch(responseOf);
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex: partition, leaderId: leader, replicaNodes: replicas, isrNodes: inSync }) => {
        return { topic: String(name), partition, leader, replicas, inSync };
      }),
    );
  } finally {
    connection.close(() => undefined);
  }
}

/** A partition without a leader makes the whole response an error. */
function responseOf(error: unknown): metadataV12.MetadataResponse {
  if (error instanceof ResponseError) return error['response'] as metadataV12.MetadataResponse;
  throw error;
}
