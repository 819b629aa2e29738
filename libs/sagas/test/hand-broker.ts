import {
  type AssignedPartition,
  type Broker,
  header,
  memoryBroker,
  type ReceivedRecord,
  type RecordBatch,
  type Subscription,
} from '@ftgo/messaging/broker';

/** A message in the outbox that is not delivered yet. */
export interface Sent {
  readonly position: string;
  readonly id: string;
  readonly topic: string;
  readonly type: string;
  readonly source: string;
  readonly saga_id: string;
  readonly saga_step: string;
  readonly outcome: string | null;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly payload: Buffer;
  readonly [column: string]: unknown;
}

/** A broker whose records are delivered by hand: what a test leaves out is lost, what it delivers twice is a duplicate. */
export class HandBroker implements Broker {
  readonly features = memoryBroker().features;
  private handler: ((batch: RecordBatch) => Promise<void>) | undefined;
  private readonly never = new AbortController().signal;

  comparePositions(a: string, b: string): number {
    return Number(a) - Number(b);
  }
  async publish(): Promise<void> {}
  async pipeline(): Promise<never> {
    throw new Error('this broker does not publish');
  }
  follow(): never {
    throw new Error('this broker has no topics to follow');
  }
  async ensureTopics(): Promise<void> {}
  async missingTopics(): Promise<string[]> {
    return [];
  }
  async close(): Promise<void> {}

  async subscribe(options: { handler: (batch: RecordBatch) => Promise<void> }): Promise<Subscription> {
    this.handler = options.handler;
    const assigned: AssignedPartition[] = [];
    return { connected: true, assigned, progress: [], caughtUp: () => true, close: async () => undefined };
  }

  async bring(records: readonly ReceivedRecord[]): Promise<void> {
    const [first] = records;
    if (first) await this.handler?.({ topic: first.topic, partition: first.partition, records, signal: this.never });
  }
}

let position = 0;

/** In the form in which the relay sends it. */
export function recordOf(message: Sent): ReceivedRecord {
  const attributes: Record<string, unknown> = {
    [header.specVersion]: '1.0',
    [header.id]: message.id,
    [header.type]: message.type,
    [header.source]: message.source,
    [header.subject]: message['subject'],
    [header.time]: (message['time'] as Date).toISOString(),
    [header.dataSchema]: message['data_schema'],
    [header.partitionKey]: message['partition_key'],
    [header.correlationId]: message.correlation_id,
    [header.causationId]: message.causation_id,
    ce_sagaid: message.saga_id,
    ce_sagastep: message.saga_step,
    ce_replyto: message['reply_to'],
    ce_outcome: message.outcome,
    ce_actor: (message['extensions'] as Record<string, string> | null)?.['ce_actor'],
    [header.traceparent]: message['traceparent'],
    [header.contentType]: message['content_type'],
  };
  const headers = Object.entries(attributes).filter(([, value]) => typeof value === 'string');
  return {
    topic: message.topic,
    partition: 0,
    position: String(position++),
    key: Buffer.from(message['partition_key'] as string),
    value: message.payload,
    headers: new Map(headers.map(([name, value]) => [name, Buffer.from(value as string)])),
  };
}
