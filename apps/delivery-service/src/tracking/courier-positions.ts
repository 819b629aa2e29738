import { randomUUID } from 'node:crypto';
import { CourierMoved, type PositionDetails } from '@ftgo/contracts/delivery';
import type { CourierId, DeliveryId } from '@ftgo/ftgo';
import { Clock } from '@ftgo/kernel';
import { type ContentType, messageContext, Outbox } from '@ftgo/messaging';
import { header, type OutgoingRecord } from '@ftgo/messaging/broker';
import { type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { MessagingOptions } from '@ftgo/messaging-nest';
import { Injectable, Logger } from '@nestjs/common';
import { CourierQueries } from '../courier/courier.queries.js';

/**
 * Publishes where couriers are. The only messages that are not published through the outbox: a position belongs to no
 * transaction, and the next one replaces it, so it may be lost (ADR 51).
 */
@Injectable()
export class CourierPositions extends MetricsSource {
  private readonly log = new Logger(CourierPositions.name);
  private readonly counts = { published: 0, dropped: 0, failed: 0 };

  constructor(
    private readonly messaging: MessagingOptions,
    private readonly queries: CourierQueries,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  /** For each delivery in the courier's plan. Never rejects. */
  async publish(courier: CourierId, position: PositionDetails): Promise<void> {
    try {
      const moved: CourierMoved = { courierId: courier, position, at: this.clock.now() };
      const deliveries = await this.queries.deliveries(courier);
      // The outbox only states the format that is configured for the topic.
      const contentType = this.outbox.contentTypeOf(CourierMoved.channel.topic);
      await this.messaging.value.broker.publish(deliveries.map((delivery) => recordOf(delivery, moved, contentType)));
      this.counts.published += 1;
    } catch (error) {
      this.counts.failed += 1;
      this.log.debug({ courierId: courier, err: error }, 'position not published');
    }
  }

  /** A position was dropped because it came less than a second after the last one. */
  noteDropped(): void {
    this.counts.dropped += 1;
  }

  override metrics(): Metric[] {
    const samples = Object.entries(this.counts).map(([outcome, value]) => ({ labels: { outcome }, value }));
    const help = 'Positions received from couriers: published, dropped (less than a second after the last one), or failed';
    return [{ name: 'courier_positions_total', help, type: 'counter', samples }];
  }
}

/** Keyed by the delivery, whose id is the order's. */
function recordOf(delivery: DeliveryId, moved: CourierMoved, contentType: ContentType): OutgoingRecord {
  const { channel, payload } = CourierMoved;
  const { correlationId, causationId } = messageContext.current();
  const headers = {
    [header.specVersion]: '1.0',
    [header.id]: randomUUID(),
    [header.source]: `${channel.source}/${moved.courierId}`,
    [header.type]: payload.typeName,
    [header.subject]: String(moved.courierId),
    [header.time]: moved.at.toISOString(),
    [header.dataSchema]: payload.dataSchema,
    [header.partitionKey]: String(delivery),
    [header.correlationId]: correlationId,
    [header.causationId]: causationId,
    [header.contentType]: contentType,
  };
  return {
    topic: channel.topic,
    key: Buffer.from(String(delivery)),
    value: payload.encode(moved, contentType),
    headers: Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as const),
  };
}
