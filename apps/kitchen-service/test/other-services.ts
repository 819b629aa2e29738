import { randomUUID } from 'node:crypto';
import type { Broker } from '@ftgo/messaging/broker';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { createTopic, eventually, readTopic, type TopicReader, type TopicRecord } from '@ftgo/testing';

export interface Received {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly headers: TopicRecord['headers'];
  readonly key: string | undefined;
}

const replies = 'ftgo.order.create-order-saga.replies';

/** Order's sagas, Restaurant and Delivery, played at the protocol: records with CloudEvents headers and ProtoJSON. */
export class OtherServices {
  private constructor(
    private readonly broker: Broker,
    private readonly replies: TopicReader,
    private readonly events: TopicReader,
  ) {}

  static async open(brokers: string): Promise<OtherServices> {
    for (const topic of ['ftgo.restaurant.events', 'ftgo.delivery.events', 'ftgo.kitchen.events', replies])
      await createTopic(brokers, topic, 2);
    const [answers, events] = await Promise.all([readTopic(brokers, replies), readTopic(brokers, 'ftgo.kitchen.events')]);
    return new OtherServices(kafkaBroker({ brokers: [brokers], clientId: 'other-services' }), answers, events);
  }

  /** Restaurant tells of a change: its whole state. */
  async restaurantChanged(id: number, sequence: number, restaurant: object, type = 'RestaurantMenuRevised'): Promise<void> {
    await this.send('ftgo.restaurant.events', String(id), restaurant, {
      ce_type: `ftgo.restaurant.v1.${type}`,
      ce_source: `/restaurant-service/restaurants/${id}`,
      ce_subject: String(id),
      ce_sequence: String(sequence).padStart(20, '0'),
    });
  }

  /** Delivery tells that a courier has the food of an order; returns the id of the message. */
  async deliveryPickedUp(id: number): Promise<string> {
    const messageId = randomUUID();
    await this.send(
      'ftgo.delivery.events',
      String(id),
      { courierId: '9000000001' },
      {
        ce_id: messageId,
        ce_type: 'ftgo.delivery.v1.DeliveryPickedUp',
        ce_source: `/delivery-service/deliveries/${id}`,
        ce_subject: String(id),
        ce_sequence: '2'.padStart(20, '0'),
      },
    );
    return messageId;
  }

  /** A step of a saga: sent again with the same saga and step, it is the same command. */
  command(type: string, key: number, payload: object, { sagaId, step }: { sagaId: string; step: string }): Promise<void> {
    return this.send('ftgo.kitchen.commands', String(key), payload, {
      ce_type: `ftgo.kitchen.v1.${type}`,
      ce_source: `/order-service/sagas/create-order/${sagaId}`,
      ce_subject: String(key),
      ce_sagaid: sagaId,
      ce_sagastep: step,
      ce_replyto: replies,
    });
  }

  /** The answers to a step, as soon as there are that many. */
  answers(sagaId: string, step: string, count = 1): Promise<Received[]> {
    return eventually(() => {
      const found = this.replies.records
        .map(received)
        .filter(({ headers }) => headers.ce_sagaid === sagaId && headers.ce_sagastep === step);
      if (found.length < count) throw new Error(`${found.length} of ${count} answers to "${step}" have come`);
      return found;
    });
  }

  /** What Kitchen has told about a ticket so far, in order. */
  told(ticketId: number): Received[] {
    const events = this.events.records.map(received).filter(({ headers }) => headers.ce_subject === String(ticketId));
    // A relay that lost its connection may say the same again.
    return events.filter(({ headers }, i) => events.findIndex((event) => event.headers.ce_id === headers.ce_id) === i);
  }

  /** A record that is no message. */
  async poison(topic: string): Promise<void> {
    await this.broker.publish([{ topic, key: Buffer.from('1'), value: Buffer.from('{poison'), headers: [] }]);
  }

  async close(): Promise<void> {
    await Promise.all([this.replies.close(), this.events.close()]);
    await this.broker.close();
  }

  private async send(topic: string, key: string, payload: object, attributes: Record<string, string>): Promise<void> {
    const headers = {
      ce_specversion: '1.0',
      ce_id: randomUUID(),
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
    type: String(headers.ce_type).split('.').at(-1) ?? '',
    payload: JSON.parse(String(value)) as Record<string, unknown>,
    headers,
    key,
  };
}
