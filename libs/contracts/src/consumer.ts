import { command, event, type PayloadOf } from '@ftgo/messaging';
import { consumerCommands, consumerEvents } from './channels.js';
import { message, nothing } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import {
  NotifyConsumerSchema,
  ValidateOrderByConsumerReplySchema,
  ValidateOrderByConsumerSchema,
} from './gen/ftgo/consumer/v1/commands_pb.js';
import { ConsumerSchema } from './gen/ftgo/consumer/v1/consumer_pb.js';
import { ConsumerCreatedSchema, ConsumerErasedSchema } from './gen/ftgo/consumer/v1/events_pb.js';
import type * as rpc from './gen/ftgo/consumer/v1/service_pb.js';
import { topicsOf } from './topics.js';

export const ValidateOrderByConsumer = command(consumerCommands, message(ValidateOrderByConsumerSchema), {
  key: ({ consumerId }) => consumerId,
  reply: nothing(ValidateOrderByConsumerReplySchema),
  refusals: ['CONSUMER_NOT_FOUND'],
});
export type ValidateOrderByConsumer = PayloadOf<typeof ValidateOrderByConsumer>;

/** One-way: there is no reply. */
export const NotifyConsumer = command(consumerCommands, message(NotifyConsumerSchema), { key: ({ consumerId }) => consumerId });
export type NotifyConsumer = PayloadOf<typeof NotifyConsumer>;
export type NotificationKind = NotifyConsumer['kind'];

export const ConsumerCreated = event(consumerEvents, message(ConsumerCreatedSchema));
export type ConsumerCreated = PayloadOf<typeof ConsumerCreated>;

export const ConsumerErased = event(consumerEvents, message(ConsumerErasedSchema));
export type ConsumerErased = PayloadOf<typeof ConsumerErased>;

export const consumerTopics = topicsOf(consumerCommands, consumerEvents);

export { ConsumerService as ConsumerServiceApi } from './gen/ftgo/consumer/v1/service_pb.js';
export type ConsumerDetails = PlainOf<typeof ConsumerSchema>;
/** A consumer in protobuf, for clients that ask for it over HTTP. */
export const ConsumerMessage = message(ConsumerSchema);
export type CreateConsumerRequest = PlainOf<typeof rpc.CreateConsumerRequestSchema>;
export type CreateConsumerResponse = PlainOf<typeof rpc.CreateConsumerResponseSchema>;
export type GetConsumerRequest = PlainOf<typeof rpc.GetConsumerRequestSchema>;
export type GetConsumerResponse = PlainOf<typeof rpc.GetConsumerResponseSchema>;
export type BatchGetConsumersRequest = PlainOf<typeof rpc.BatchGetConsumersRequestSchema>;
export type BatchGetConsumersResponse = PlainOf<typeof rpc.BatchGetConsumersResponseSchema>;
