import type { PayloadType } from './payload.js';

/** Largest payload with its headers that a channel takes, in bytes, unless it says otherwise; Kafka's own default limit is 1 MiB a batch. */
export const defaultMaxMessageBytes = 900_000;

interface ChannelOptions {
  /** Payload and headers together, in bytes. */
  readonly maxMessageBytes?: number;
}

export interface CommandChannel {
  readonly kind: 'commands';
  readonly topic: string;
  readonly maxMessageBytes: number;
}

export interface ReplyChannel {
  readonly kind: 'replies';
  readonly topic: string;
  readonly maxMessageBytes: number;
}

export interface EventChannel {
  readonly kind: 'events';
  readonly topic: string;
  /** The path of the aggregates that publish here, `/order-service/orders`; an event's source is this and the aggregate's id. */
  readonly source: string;
  readonly maxMessageBytes: number;
}

export type Channel = CommandChannel | ReplyChannel | EventChannel;

export const commandChannel = (topic: string, options: ChannelOptions = {}): CommandChannel => ({
  kind: 'commands',
  topic,
  maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
});

export const replyChannel = (topic: string, options: ChannelOptions = {}): ReplyChannel => ({
  kind: 'replies',
  topic,
  maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
});

export const eventChannel = (topic: string, options: ChannelOptions & { source: string }): EventChannel => ({
  kind: 'events',
  topic,
  source: options.source,
  maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
});

/** A request to one service to do something; answered on the sender's reply channel unless it is a notification. */
export interface CommandType<Command, Reply = void, Refusal extends string = string> {
  readonly kind: 'command';
  readonly channel: CommandChannel;
  readonly payload: PayloadType<Command>;
  /** Undefined: a one-way notification. */
  readonly reply: PayloadType<Reply> | undefined;
  /** The partition key: the id of the aggregate that the command is about. */
  key(command: Command): string;
  /** The codes with which it may be refused; a domain error with another code is a fault. */
  readonly refusals: readonly Refusal[];
}

export function command<Command, Reply, Refusal extends string = never>(
  channel: CommandChannel,
  payload: PayloadType<Command>,
  options: { key: (command: Command) => string | number; reply?: PayloadType<Reply>; refusals?: readonly Refusal[] },
): CommandType<Command, Reply, Refusal> {
  return {
    kind: 'command',
    channel,
    payload,
    reply: options.reply,
    key: (value) => String(options.key(value)),
    refusals: options.refusals ?? [],
  };
}

/** Something that happened to an aggregate, told to whom it may concern. */
export interface EventType<Event> {
  readonly kind: 'event';
  readonly channel: EventChannel;
  readonly payload: PayloadType<Event>;
}

export const event = <Event>(channel: EventChannel, payload: PayloadType<Event>): EventType<Event> => ({
  kind: 'event',
  channel,
  payload,
});

export type PayloadOf<Type> = Type extends { readonly payload: PayloadType<infer Payload> } ? Payload : never;
export type ReplyOf<Type> = Type extends CommandType<infer _, infer Reply> ? Reply : never;

/** The body of every failure reply. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}
