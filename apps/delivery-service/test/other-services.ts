import { randomUUID } from 'node:crypto';
import type { Broker } from '@ftgo/messaging/broker';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { createTopic, readTopic, type TopicReader, type TopicRecord } from '@ftgo/testing';

export interface Received {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly headers: TopicRecord['headers'];
  readonly key: string | undefined;
}

/** Who tells what Delivery listens to. */
const tellers = {
  order: { topic: 'ftgo.order.events', source: '/order-service/orders' },
  kitchen: { topic: 'ftgo.kitchen.events', source: '/kitchen-service/tickets' },
  restaurant: { topic: 'ftgo.restaurant.events', source: '/restaurant-service/restaurants' },
} as const;

/** Order, Kitchen and Restaurant, played at the protocol: records with CloudEvents headers and ProtoJSON. */
export class OtherServices {
  private readonly sequences = new Map<string, number>();

  private constructor(
    private readonly broker: Broker,
    private readonly events: TopicReader,
  ) {}

  static async open(brokers: string): Promise<OtherServices> {
    for (const topic of ['ftgo.delivery.events', ...Object.values(tellers).map((teller) => teller.topic)])
      await createTopic(brokers, topic, 2);
    return new OtherServices(
      kafkaBroker({ brokers: [brokers], clientId: 'other-services' }),
      await readTopic(brokers, 'ftgo.delivery.events'),
    );
  }

  /** An event of an order, a ticket or a restaurant; the same `messageId` again is the same message. */
  async tells(who: keyof typeof tellers, type: string, id: number, payload: object = {}, messageId: string = randomUUID()): Promise<void> {
    const { topic, source } = tellers[who];
    const sequence = (this.sequences.get(`${source}/${id}`) ?? 0) + 1;
    this.sequences.set(`${source}/${id}`, sequence);
    await this.send(topic, String(id), payload, {
      ce_id: messageId,
      ce_type: `ftgo.${who}.v1.${type}`,
      ce_source: `${source}/${id}`,
      ce_subject: String(id),
      ce_sequence: String(sequence).padStart(20, '0'),
    });
  }

  /** What Delivery has told about a delivery so far, in order. */
  told(deliveryId: number): Received[] {
    const events = this.events.records.map(received).filter(({ headers }) => headers['ce_subject'] === String(deliveryId));
    // A relay that lost its connection may say the same again.
    return events.filter(({ headers }, i) => events.findIndex((event) => event.headers['ce_id'] === headers['ce_id']) === i);
  }

  /** A record that is no message. */
  async poison(who: keyof typeof tellers): Promise<void> {
    await this.broker.publish([{ topic: tellers[who].topic, key: Buffer.from('1'), value: Buffer.from('{poison'), headers: [] }]);
  }

  async close(): Promise<void> {
    await this.events.close();
    await this.broker.close();
  }

  private async send(topic: string, key: string, payload: object, attributes: Record<string, string>): Promise<void> {
    const headers = {
      ce_specversion: '1.0',
      ce_time: new Date().toISOString(),
      ce_dataschema: 'proto:played',
      ce_partitionkey: key,
      ce_correlationid: 'played',
      ce_causationid: 'played',
      'content-type': 'application/json',
      ...attributes,
    };
    await this.broker.publish([
      {
        topic,
        key: Buffer.from(key),
        value: Buffer.from(JSON.stringify(payload)),
        headers: Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const),
      },
    ]);
  }
}

function received({ headers, key, value }: TopicRecord): Received {
  return {
    type: String(headers['ce_type']).split('.').at(-1) ?? '',
    payload: JSON.parse(String(value)) as Record<string, unknown>,
    headers,
    key,
  };
}
