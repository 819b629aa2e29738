import { CourierMoved } from '@ftgo/contracts/delivery';
import { type TimelineEntryDetails, TimelineExtended } from '@ftgo/contracts/orderhistory';
import type { EventType } from '@ftgo/messaging';
import { type Broker, demandFeatures, type Following, header, type ReceivedRecord } from '@ftgo/messaging/broker';
import { isBelow } from '@ftgo/messaging/contract';
import { ReadinessIndicator } from '@ftgo/platform';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

/** Follows one order. */
export interface OrderListener {
  /** An entry was added to the order's timeline. It may be a repetition, and others may be missing before it. */
  added(entry: TimelineEntryDetails): void;
  /** The courier of the order's delivery is here now. */
  moved(courier: CourierMoved): void;
  /** Entries may have been missed. */
  missed(): void;
}

/**
 * The timelines of all orders as they grow, and the positions of their couriers. Each instance of the gateway reads both channels
 * completely, without a consumer group, and passes on what its own clients follow. It starts and serves without the broker: then
 * clients see only what is replayed.
 */
export class LiveOrders extends ReadinessIndicator implements OnModuleInit, OnApplicationShutdown {
  override readonly name = 'live tracking';
  override readonly isRequired = false;
  private readonly log = new Logger(LiveOrders.name);
  private readonly listeners = new Map<number, Set<OrderListener>>();
  private following: Following | undefined;

  constructor(private readonly broker: Broker) {
    super();
    demandFeatures(broker, 'api-gateway', ['orderedPerKey', 'following']);
  }

  onModuleInit(): void {
    this.following = this.broker.follow({
      topics: [TimelineExtended.channel.topic],
      handler: (records) => records.forEach((record) => this.extended(record)),
      onMissed: () => this.missed(),
    });
    // Separately, since timelines must not wait until this topic exists.
    this.broker.follow({
      topics: [CourierMoved.channel.topic],
      handler: (records) => records.forEach((record) => this.moved(record)),
    });
    // Clients that were connected before may have missed entries from before the first position.
    void this.following.started.then(() => this.missed());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.broker.close();
  }

  check(): Promise<void> {
    const { connected = false, problem = 'not connected to the broker' } = this.following ?? {};
    return connected ? Promise.resolve() : Promise.reject(new Error(problem));
  }

  /** How many orders are followed, counted once for each client. */
  get followed(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Passes on the entries of an order until the returned function is called. */
  listen(orderId: number, listener: OrderListener): () => void {
    const listeners = this.listeners.get(orderId) ?? new Set();
    this.listeners.set(orderId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(orderId) === listeners) this.listeners.delete(orderId);
    };
  }

  private missed(): void {
    for (const listeners of this.listeners.values()) for (const listener of listeners) listener.missed();
  }

  private extended(record: ReceivedRecord): void {
    const listeners = this.listeners.get(Number(record.key));
    const extended = listeners && this.payloadOf(record, TimelineExtended);
    if (extended) for (const listener of listeners) listener.added(extended.entry);
  }

  private moved(record: ReceivedRecord): void {
    const listeners = this.listeners.get(Number(record.key));
    const courier = listeners && this.payloadOf(record, CourierMoved);
    if (courier) for (const listener of listeners) listener.moved(courier);
  }

  private payloadOf<Payload>(record: ReceivedRecord, { payload, channel }: EventType<Payload>): Payload | undefined {
    const { value, headers, topic, partition, position } = record;
    const text = (name: string): string => String(headers.get(name) ?? '');
    const isOurs = text(header.type) === payload.typeName && isBelow(channel.source, text(header.source));
    if (!isOurs || !value) return undefined;
    try {
      const isProtobuf = text(header.contentType) === 'application/protobuf';
      return payload.decode(value, isProtobuf ? 'application/protobuf' : 'application/json');
    } catch (error) {
      this.log.warn({ err: error, topic, partition, position }, 'message cannot be decoded; skipped');
      return undefined;
    }
  }
}
