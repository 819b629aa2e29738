import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * The largest message that a service answers with. Lists end their pages at 1 MiB of content (`pageOf`); the largest
 * answers are those to a batch of 100 ids of things of at most 160 kB each (a restaurant with 100 items of 255 characters).
 */
export const maxMessageBytes = 32 * 1024 * 1024;

/** The largest request: what comes in over HTTP has at most 1 MiB. */
const maxRequestBytes = 4 * 1024 * 1024;

/** What a client sends and takes. A server limits both as well, so that each end knows what the other takes. */
export const clientMessageLimits: ChannelOptions = { 'grpc.max_receive_message_length': maxMessageBytes };

export const serverMessageLimits: ChannelOptions = {
  'grpc.max_receive_message_length': maxRequestBytes,
  'grpc.max_send_message_length': maxMessageBytes,
};
