import type { PayloadType } from './payload.js';

/** Default limit of a channel for a payload with its headers, in bytes; Kafka's own default limit is 1 MiB per batch. */
export const defaultMaxMessageBytes = 900_000;

interface ChannelOptions {
  /** Payload and headers together, in bytes. */
  readonly maxMessageBytes?: number;
}

/** The allowed senders of a channel, by the prefixes of their messages' sources; undefined: anyone. */
interface Origin {
  readonly senders: readonly string[] | undefined;
}

/** Commands to one service. Made by `commandChannel`. */
export interface CommandChannel extends Origin {
  readonly kind: 'commands';
  readonly topic: string;
  /** The path of the service that executes the commands and replies to them, `/kitchen-service`; undefined: not declared. */
  readonly owner: string | undefined;
  readonly maxMessageBytes: number;
}

/** Replies to the commands of one sender. Made by `replyChannel`. */
export interface ReplyChannel extends Origin {
  readonly kind: 'replies';
  readonly topic: string;
  readonly maxMessageBytes: number;
}

/** Events of the aggregates of one service. Made by `eventChannel`. */
export interface EventChannel extends Origin {
  readonly kind: 'events';
  readonly topic: string;
  /**
   * The path of the aggregates that publish here, `/order-service/orders`; an event's source is this path and the aggregate's
   * id.
   */
  readonly source: string;
  readonly maxMessageBytes: number;
}

/** A topic, its messages, and their allowed senders. */
export type Channel = CommandChannel | ReplyChannel | EventChannel;

interface DeclaredSenders {
  /** The names of the allowed senders; a message from another source is rejected. Default: any. */
  readonly senders?: readonly string[];
}

/** Declares the channel in which a service receives commands. `maxMessageBytes` is 900,000 by default. */
export const commandChannel = (
  topic: string,
  options: ChannelOptions & DeclaredSenders & { /** The name of the service that replies. */ readonly owner?: string } = {},
): CommandChannel => ({
  kind: 'commands',
  topic,
  owner: options.owner === undefined ? undefined : pathOf(options.owner),
  senders: options.senders?.map(pathOf),
  maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
});

/** Declares the channel in which a sender of commands receives replies. */
export const replyChannel = (topic: string, options: ChannelOptions & DeclaredSenders = {}): ReplyChannel => ({
  kind: 'replies',
  topic,
  senders: options.senders?.map(pathOf),
  maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
});

/** Declares the channel in which a service publishes events. Only messages whose source begins with `source` are accepted. */
export const eventChannel = (topic: string, options: ChannelOptions & { source: string }): EventChannel => ({
  kind: 'events',
  topic,
  source: options.source,
  senders: [options.source],
  maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
});

const pathOf = (service: string): string => `/${service}`;

/** True for `path` itself and for paths below it: `/shop` and `/shop/orders/1`, not `/shopping`. */
export const isBelow = (path: string, source: string): boolean =>
  source.startsWith(path) && (source.length === path.length || source[path.length] === '/');

/** The topics on which a service sends, each with the prefix of its sources there. */
export function sentBy(service: string, channels: readonly Channel[]): ReadonlyMap<string, string> {
  return new Map(
    channels.flatMap(({ topic, senders = [] }) => {
      const path = senders.find((sender) => isBelow(pathOf(service), sender));
      return path === undefined ? [] : [[topic, path] as const];
    }),
  );
}

/** A request to one service to do something. The reply goes to the sender's reply channel; a notification has none. */
export interface CommandType<Command, Reply = void, Refusal extends string = string> {
  readonly kind: 'command';
  readonly channel: CommandChannel;
  readonly payload: PayloadType<Command>;
  /** Undefined: a one-way notification. */
  readonly reply: PayloadType<Reply> | undefined;
  /** The partition key: the id of the aggregate that the command is about. */
  key(command: Command): string;
  /** The codes of its failure replies; a domain error with another code is a fault. */
  readonly refusals: readonly Refusal[];
}

/** Declares a type of commands. Without `reply` it is a one-way notification, sent by `Outbox.notify`. */
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

/** Something that happened to an aggregate, published to all interested services. */
export interface EventType<Event> {
  readonly kind: 'event';
  readonly channel: EventChannel;
  readonly payload: PayloadType<Event>;
}

/** Declares a type of events. */
export const event = <Event>(channel: EventChannel, payload: PayloadType<Event>): EventType<Event> => ({
  kind: 'event',
  channel,
  payload,
});

/** The payload of a type of commands or events: `type OrderPlaced = PayloadOf<typeof OrderPlaced>`. */
export type PayloadOf<Type> = Type extends { readonly payload: PayloadType<infer Payload> } ? Payload : never;
/** The payload of the success reply to a type of commands. */
export type ReplyOf<Type> = Type extends CommandType<infer _, infer Reply> ? Reply : never;

/** The body of every failure reply. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}
