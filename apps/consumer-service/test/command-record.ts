import { randomUUID } from 'node:crypto';
import { type CommandType, jsonContentType, type ReplyChannel } from '@ftgo/messaging';
import { header, type OutgoingRecord } from '@ftgo/messaging/broker';

export interface Sending {
  readonly sagaId: string;
  readonly sagaStep: string;
  /** Omitted for a one-way command. */
  readonly replyTo?: ReplyChannel;
  readonly messageId?: string;
}

/** A command as a saga in another service sends it. */
export function commandRecord<Command>(type: CommandType<Command, unknown>, command: Command, sending: Sending): OutgoingRecord {
  const key = type.key(command);
  const attributes: Record<string, string | undefined> = {
    [header.specVersion]: '1.0',
    [header.id]: sending.messageId ?? randomUUID(),
    [header.type]: type.payload.typeName,
    [header.source]: '/order-service/sagas/create-order/1',
    [header.subject]: key,
    [header.time]: new Date().toISOString(),
    [header.dataSchema]: type.payload.dataSchema,
    [header.partitionKey]: key,
    [header.correlationId]: 'request-1',
    [header.causationId]: 'request-1',
    ce_sagaid: sending.sagaId,
    ce_sagastep: sending.sagaStep,
    ce_replyto: sending.replyTo?.topic,
    [header.contentType]: jsonContentType,
  };
  const given = Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    topic: type.channel.topic,
    key: Buffer.from(key),
    value: type.payload.encode(command, jsonContentType),
    headers: given.map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const),
  };
}
