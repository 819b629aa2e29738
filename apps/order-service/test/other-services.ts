import { randomUUID } from 'node:crypto';
import type { Broker } from '@ftgo/messaging/broker';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { createTopic, eventually, type Patience, readTopic, type TopicReader, type TopicRecord } from '@ftgo/testing';

export interface Command {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly headers: TopicRecord['headers'];
  readonly key: string | undefined;
}

const commandTopics = ['ftgo.consumer.commands', 'ftgo.kitchen.commands', 'ftgo.accounting.commands'];

/** Consumer, Kitchen, Accounting and Restaurant, played at the protocol: records with CloudEvents headers and ProtoJSON. */
export class OtherServices {
  private constructor(
    private readonly broker: Broker,
    private readonly readers: readonly TopicReader[],
  ) {}

  static async open(brokers: string): Promise<OtherServices> {
    for (const topic of ['ftgo.restaurant.events', ...commandTopics]) await createTopic(brokers, topic, 2);
    const readers = await Promise.all(commandTopics.map((topic) => readTopic(brokers, topic)));
    return new OtherServices(kafkaBroker({ brokers: [brokers], clientId: 'other-services' }), readers);
  }

  /** Restaurant tells of a change: its whole state. */
  async restaurantChanged(
    id: number,
    sequence: number,
    restaurant: object,
    type = 'RestaurantMenuRevised',
    source = `/restaurant-service/restaurants/${id}`,
  ): Promise<void> {
    await this.send('ftgo.restaurant.events', String(id), restaurant, {
      ce_type: `ftgo.restaurant.v1.${type}`,
      ce_source: source,
      ce_subject: String(id),
      ce_sequence: String(sequence).padStart(20, '0'),
    });
  }

  /** The commands about an order that have been sent so far, oldest first. */
  commandsAbout(orderId: number): Command[] {
    return this.readers
      .flatMap(({ records }) => records)
      .map(({ headers, key, value }) => ({
        type: String(headers.ce_type).split('.').at(-1) ?? '',
        payload: JSON.parse(String(value)) as Record<string, unknown>,
        headers,
        key,
      }))
      .filter(({ payload }) => [payload.orderId, payload.ticketId].includes(String(orderId)));
  }

  command(type: string, orderId: number, patience?: Patience): Promise<Command> {
    return eventually(() => {
      const found = this.commandsAbout(orderId).find((command) => command.type === type);
      if (!found) throw new Error(`no ${type} about order ${orderId} has come`);
      return found;
    }, patience);
  }

  /** The participant carries the command out. */
  reply(command: Command, payload: object = {}): Promise<void> {
    return this.answer(command, payload, { ce_type: `${command.headers.ce_type}Reply`, ce_outcome: 'success' });
  }

  /** The participant refuses the command. */
  refuse(command: Command, code: string, detail: string): Promise<void> {
    return this.answer(command, { code, detail }, { ce_type: 'ftgo.common.v1.CommandRefused', ce_outcome: 'failure' });
  }

  /** A record that is no message. */
  async poison(topic: string): Promise<void> {
    await this.broker.publish([{ topic, key: Buffer.from('1'), value: Buffer.from('{poison'), headers: [] }]);
  }

  async close(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()));
    await this.broker.close();
  }

  private answer({ headers }: Command, payload: object, attributes: Record<string, string>): Promise<void> {
    const { ce_id, ce_type, ce_sagaid = '', ce_sagastep = '', ce_replyto = '', ce_correlationid = '' } = headers;
    return this.send(ce_replyto, ce_sagaid, payload, {
      ce_source: `/${serviceOf(String(ce_type))}`,
      ce_subject: ce_sagaid,
      ce_sagaid,
      ce_sagastep,
      ce_correlationid,
      ce_causationid: String(ce_id),
      ...attributes,
    });
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

/** `ftgo.kitchen.v1.CreateTicket` is carried out by kitchen-service. */
const serviceOf = (type: string): string => `${type.split('.')[1] ?? ''}-service`;
