import type { Broker } from '@ftgo/messaging/broker';
import type { Database } from '@ftgo/platform';
import { type BrokerAt, openBrokerAt } from '../broker/broker-access.js';
import { createTopic, readTopic, type TopicReader, type TopicRecord } from '../broker/topic-reader.js';
import { eventually } from '../eventually.js';
import { eventRecord, type PlayedEvent, type Publisher, playedRecord, publishers } from './played-record.js';

/** A message sent by the service under test. */
export interface ReceivedMessage {
  readonly type: string;
  readonly payload: Record<string, unknown>;
  readonly headers: TopicRecord['headers'];
  readonly key: string | undefined;
}

/** The topics that the simulated services need. */
export interface PlayedTopics {
  readonly publishers: readonly Publisher[];
  /** The topics read to see what the service under test sends. */
  readonly read: readonly string[];
}

/** The services around the one under test, simulated at the protocol: records with CloudEvents headers and ProtoJSON. */
export class PlayedServices {
  private readonly broker: Broker;
  private readonly readers: TopicReader[] = [];
  private sender: Database | undefined;

  constructor(
    private readonly at: BrokerAt,
    private readonly topics: PlayedTopics,
  ) {
    this.broker = openBrokerAt(at, 'other-services');
  }

  /** Creates the topics and starts reading. */
  async open(): Promise<void> {
    const { read } = this.topics;
    const published = this.topics.publishers.map((name) => publishers[name].topic);
    for (const topic of [...published, ...read]) await createTopic(this.at, topic, 2);
    this.readers.push(...(await Promise.all(read.map((topic) => readTopic(this.at, topic)))));
  }

  /** Names the database of the service under test. */
  receiveFrom(sender: Database): void {
    this.sender = sender;
  }

  async publish(event: PlayedEvent): Promise<void> {
    await this.broker.publish([eventRecord(event)]);
  }

  async send(topic: string, key: string, payload: object, attributes: Record<string, string>): Promise<void> {
    await this.broker.publish([playedRecord(topic, key, JSON.stringify(payload), attributes)]);
  }

  /** A record that is not a message. */
  async poison(topic: string): Promise<void> {
    await this.broker.publish([{ topic, key: Buffer.from('1'), value: Buffer.from('{poison'), headers: [] }]);
  }

  /** The messages sent by the service under test so far, in order within a topic. */
  received(): ReceivedMessage[] {
    return this.readers.flatMap(({ records }) => records).map(messageOf);
  }

  /**
   * Resolves to the messages once the transactions that sent them are visible. PostgreSQL makes a commit visible a moment after the
   * relay can read it, and what a spec reads from the service next must not be older than the message.
   */
  protected async whenVisible<Messages extends readonly ReceivedMessage[]>(messages: Messages): Promise<Messages> {
    const ids = [...new Set(messages.map(({ headers }) => String(headers.ce_id)))];
    await eventually(async () => {
      const rows = (await this.sender?.query('SELECT id FROM outbox WHERE id = ANY($1)', [ids])) ?? ids;
      if (rows.length < ids.length) throw new Error('a transaction that sent a message is not visible yet');
    });
    return messages;
  }

  /** The events about one aggregate published by the service so far, in order. */
  eventsAbout(id: number): ReceivedMessage[] {
    const events = this.received().filter(({ headers }) => headers.ce_subject === String(id) && headers.ce_sequence !== undefined);
    // A relay that loses its connection publishes some messages again.
    return events.filter(({ headers }, i) => events.findIndex((event) => event.headers.ce_id === headers.ce_id) === i);
  }

  async close(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.close()));
    await this.broker.close();
  }
}

const replies = 'ftgo.order.create-order-saga.replies';

/** The sagas of order-service, and the services whose events their participant handles. */
export class PlayedSagas extends PlayedServices {
  constructor(
    at: BrokerAt,
    private readonly participant: Publisher,
    others: readonly Publisher[],
  ) {
    super(at, { publishers: others, read: [replies, publishers[participant].topic] });
  }

  /** A step of a saga: sent again with the same saga and step, it is the same command. */
  command(type: string, key: number, payload: object, { sagaId, step }: { sagaId: string; step: string }): Promise<void> {
    return this.send(`ftgo.${this.participant}.commands`, String(key), payload, {
      ce_type: `ftgo.${this.participant}.v1.${type}`,
      ce_source: `/order-service/sagas/create-order/${sagaId}`,
      ce_subject: String(key),
      ce_sagaid: sagaId,
      ce_sagastep: step,
      ce_replyto: replies,
    });
  }

  /** The replies to a step, as soon as there are this many. */
  async answers(sagaId: string, step: string, count = 1): Promise<ReceivedMessage[]> {
    const replied = await eventually(() => {
      const found = this.received().filter(({ headers }) => headers.ce_sagaid === sagaId && headers.ce_sagastep === step);
      if (found.length < count) throw new Error(`${found.length} of ${count} replies to "${step}" have arrived`);
      return found;
    });
    return this.whenVisible(replied);
  }
}

function messageOf({ headers, key, value }: TopicRecord): ReceivedMessage {
  return {
    type: String(headers.ce_type).split('.').at(-1) ?? '',
    payload: JSON.parse(String(value)) as Record<string, unknown>,
    headers,
    key,
  };
}
