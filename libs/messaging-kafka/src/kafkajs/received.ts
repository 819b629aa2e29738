import type { ReceivedRecord, TopicPartition } from '@ftgo/messaging/broker';
import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A record in the port's form; without its value if it exceeds the subscriber's limit. */
export function receivedOf({ topic, partition }: TopicPartition, message: KafkaMessage, limit: number): ReceivedRecord {
  const { offset: position, key, value } = message;
  const headers = headersOf(message.headers);
  const bytes = bytesOf(message, headers);
  const content = { topic, partition, position, key: key ?? undefined, headers };
  if (bytes <= limit) return { ...content, value: value ?? undefined };
  const leftInLog = { bytes, reason: `the record has ${bytes} bytes; the limit is ${limit}` };
  if (key && key.length > limit) return { ...content, key: undefined, value: undefined, leftInLog };
  return { ...content, value: undefined, leftInLog };
}

/** The last of several values counts. */
function headersOf(headers: IHeaders | undefined): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined && last !== null) found.set(name, Buffer.isBuffer(last) ? last : Buffer.from(last));
  }
  return found;
}

export function bytesOf(
  { key, value }: Pick<ReceivedRecord, 'key' | 'value'> | KafkaMessage,
  headers: ReadonlyMap<string, Buffer>,
): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += Buffer.byteLength(name) + content.length;
  return bytes;
}
