import { produceV9, Writer } from '@platformatic/kafka';
import { answerOf } from './errors.js';
import type { Link } from './link.js';

export interface SealedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

export interface PartitionAnswer {
  readonly errorCode: number;
  readonly message: string | undefined;
}

const allReplicas = -1;
const brokerTimeoutMs = 10_000;
const { key, version } = produceV9.api;

/** Sends one batch for each of several partitions; resolves to the result for each, in the given order. */
export async function produce(link: Link, batches: readonly SealedBatch[]): Promise<PartitionAnswer[]> {
  const answer = await link
    .send(key, version, () => request(batches), produceV9.parseResponse)
    .catch(answerOf<produceV9.ProduceResponse>());
  const byPartition = new Map<string, PartitionAnswer>();
  for (const { name, partitionResponses } of answer.responses) {
    for (const { index, errorCode, errorMessage, recordErrors } of partitionResponses) {
      const message = errorMessage ?? recordErrors[0]?.batchIndexErrorMessage ?? undefined;
      byPartition.set(`${name}/${index}`, { errorCode, message });
    }
  }
  return batches.map(
    ({ topic, partition }) => byPartition.get(`${topic}/${partition}`) ?? { errorCode: -1, message: 'missing from the response' },
  );
}

function request(batches: readonly SealedBatch[]): Writer {
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  return Writer.create()
    .appendString(null)
    .appendInt16(allReplicas)
    .appendInt32(brokerTimeoutMs)
    .appendArray([...topics], (writer, [topic, partitions]) => {
      writer.appendString(topic).appendArray(partitions, (writer, { partition, bytes }) => {
        writer
          .appendInt32(partition)
          .appendUnsignedVarInt(bytes.length + 1)
          .append(bytes);
      });
    })
    .appendTaggedFields();
}
