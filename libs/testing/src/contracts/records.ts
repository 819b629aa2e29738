import { randomUUID } from 'node:crypto';
import { type CommandExample, type EventExample, type Ids, sampleOf } from '@ftgo/contracts/examples';
import type { ContentType } from '@ftgo/messaging';
import { header, type OutgoingRecord, paddedSequence } from '@ftgo/messaging/broker';
import { playedRecord } from '../services/played-record.js';
import { bytesOf, declaredCommands, declaredEvents } from './declared.js';

/** The message of an example as a record of its topic. */
export interface ExampleRecord {
  readonly messageId: string;
  readonly record: OutgoingRecord;
}

/** The event of an example, as its provider would send it. */
export function eventRecord(example: EventExample, ids: Ids, sequence: number, contentType: ContentType): ExampleRecord {
  const subject = String(example.about(ids));
  return recordOf(
    example.topic,
    subject,
    contentType,
    bytesOf(declaredEvents.get(example.type)?.payload, payloadOf(example, ids), contentType),
    {
      [header.source]: `${example.source}/${subject}`,
      [header.type]: example.type,
      [header.subject]: subject,
      [header.sequence]: paddedSequence(sequence),
    },
  );
}

/** The command of an example, as a saga would send it. */
export function commandRecord(example: CommandExample, ids: Ids, sagaId: string, contentType: ContentType): ExampleRecord {
  const key = String(example.key(ids));
  const { saga } = example;
  return recordOf(
    example.topic,
    key,
    contentType,
    bytesOf(declaredCommands.get(example.type)?.payload, payloadOf(example, ids), contentType),
    {
      [header.source]: saga ? `/order-service/sagas/${saga.name}/${sagaId}` : '/order-service/orders/1',
      [header.type]: example.type,
      [header.subject]: key,
      ...(saga && { ce_sagaid: sagaId, ce_sagastep: saga.step, ce_replyto: repliesOf(saga.name) }),
    },
  );
}

/** The example's reply to a command that was sent. */
export function replyRecord(example: CommandExample, ids: Ids, command: { readonly id: string; readonly sagaId: string }): ExampleRecord {
  const { saga, outcome } = example;
  if (!saga || !outcome) throw new Error(`${example.type} has no reply`);
  const refused = 'refusal' in outcome;
  const body = refused ? { code: outcome.refusal, detail: 'because' } : sampleOf(outcome.reply(ids));
  return recordOf(repliesOf(saga.name), command.sagaId, 'application/json', Buffer.from(JSON.stringify(body)), {
    [header.source]: `/${example.provider}`,
    [header.type]: refused ? 'ftgo.common.v1.CommandRefused' : `${example.type}Reply`,
    [header.subject]: command.sagaId,
    [header.causationId]: command.id,
    ce_sagaid: command.sagaId,
    ce_sagastep: saga.step,
    ce_outcome: refused ? 'failure' : 'success',
  });
}

/** The reply channel of a saga. */
export const repliesOf = (saga: string): string => `ftgo.order.${saga}-saga.replies`;

const payloadOf = (example: EventExample | CommandExample, ids: Ids): unknown => sampleOf(example.payload?.(ids) ?? {});

function recordOf(topic: string, key: string, contentType: ContentType, value: Buffer, attributes: Record<string, string>): ExampleRecord {
  const messageId = randomUUID();
  const record = playedRecord(topic, key, value, { [header.id]: messageId, [header.contentType]: contentType, ...attributes });
  return { messageId, record };
}
