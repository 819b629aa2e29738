import type { Schema } from './json-schema.js';

const text = (description: string): Schema => ({ type: 'string', description });

const common: Readonly<Record<string, Schema>> = {
  'content-type': { type: 'string', enum: ['application/json', 'application/protobuf'], description: 'The format of the payload' },
  ce_specversion: { type: 'string', enum: ['1.0'] },
  ce_id: text('UUIDv7, the same on every redelivery'),
  ce_source: text('Service and aggregate: /order-service/orders/17'),
  ce_type: text('The full name of the payload in proto/'),
  ce_subject: text('The id of the aggregate'),
  ce_time: { type: 'string', format: 'date-time', description: 'When it happened' },
  ce_dataschema: text('The contract and its version: proto:ftgo.order.v1.OrderCreated'),
  ce_partitionkey: text('The key of the record'),
  ce_correlationid: text('The id of the original request, the same for everything that it caused'),
  ce_causationid: text('The message or request that caused this one'),
};

const optional: Readonly<Record<string, Schema>> = {
  traceparent: text('W3C Trace Context'),
  tracestate: text('W3C Trace Context'),
  ce_actor: {
    type: 'string',
    pattern: '^[ -~]{1,1000}$',
    description: 'Who caused this one: issuer and subject of an access token, joined by |, or a service; absent while security is off',
  },
};

const headers = (
  description: string,
  own: Readonly<Record<string, Schema>>,
  alsoOptional: Readonly<Record<string, Schema>> = {},
): Schema => ({
  type: 'object',
  description,
  properties: { ...common, ...own, ...optional, ...alsoOptional },
  required: [...Object.keys(common), ...Object.keys(own)],
});

const saga = {
  ce_sagaid: text('The instance of the saga'),
  ce_sagastep: text('The step of the saga; the same when a command is sent again'),
};

/** The headers of each kind of message: CloudEvents 1.0 in its Kafka binary binding. */
export const headerSchemas: Readonly<Record<string, Schema>> = {
  EventHeaders: headers('The headers of an event', {
    ce_sequence: { type: 'string', pattern: '^[0-9]{20}$', description: "The aggregate's own counter, contiguous from 1" },
  }),
  CommandHeaders: headers(
    'The headers of a command; a one-way notification belongs to no step of a saga',
    {},
    { ...saga, ce_replyto: text('The channel for the reply; absent from a one-way notification') },
  ),
  ReplyHeaders: headers('The headers of a reply', { ...saga, ce_outcome: { type: 'string', enum: ['success', 'failure'] } }),
};
