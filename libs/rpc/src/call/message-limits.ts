import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * The maximum size of a response. Lists end their pages at 1 MiB of content (`pageOf`); the largest responses are those to a
 * batch of 100 ids of things of at most 160 kB each (a restaurant with 100 items of 255 characters).
 */
export const maxMessageBytes = 32 * 1024 * 1024;

/** The maximum size of a request: an HTTP body has at most 1 MiB. */
const maxRequestBytes = 4 * 1024 * 1024;

/** The limits of a client. A server limits both sizes as well, so that each end knows what the other accepts. */
export const clientMessageLimits: ChannelOptions = { 'grpc.max_receive_message_length': maxMessageBytes };

export const serverMessageLimits: ChannelOptions = {
  'grpc.max_receive_message_length': maxRequestBytes,
  'grpc.max_send_message_length': maxMessageBytes,
};
