import { findCoordinatorV4, metadataV12 } from '@platformatic/kafka';
import { BrokerUnavailable, TopicMissing } from '../broker.js';
import { answerOf, code, describe, isRefusal, unavailable } from './errors.js';
import { type Address, Link } from './link.js';
import type { Settings } from './options.js';

export interface Topic {
  /** The broker that leads each partition; -1 while there is none. */
  readonly leaders: readonly number[];
  readonly errorCode: number;
  readonly at: number;
}

const connectTimeoutMs = 3_000;
const requestTimeoutMs = 15_000;
const consumerGroup = 0;
/** So that new partitions are found. */
const topicMaxAgeMs = 60_000;

/** What is known of the brokers and topics, and the connections to them. */
export class Cluster {
  private readonly bootstrap: readonly Address[];
  private readonly addresses = new Map<number, Address>();
  private readonly known = new Map<string, Topic>();
  private readonly links = new Set<Link>();
  private readonly common = new Map<string, Link>();
  private readonly refreshing = new Map<string, Promise<void>>();
  private closed = false;

  constructor(readonly settings: Settings) {
    this.bootstrap = settings.brokers.map(parseAddress);
  }

  topic(name: string): Topic | undefined {
    return this.known.get(name);
  }

  /** The topic as it is known, or asked for once. Throws BrokerUnavailable when it is not there. */
  async existing(name: string): Promise<Topic> {
    if (!this.usable(name)) await this.refresh([name]);
    const topic = this.known.get(name);
    if (topic && this.usable(name)) return topic;
    if (topic?.errorCode === code.unknownTopicOrPartition) throw new TopicMissing(name);
    const why = topic && topic.errorCode !== code.none ? describe(topic.errorCode) : 'it has partitions without a leader';
    throw new BrokerUnavailable(`topic ${name} cannot be used: ${why}`);
  }

  private usable(name: string): boolean {
    const topic = this.known.get(name);
    if (!topic || topic.errorCode !== code.none || Date.now() - topic.at > topicMaxAgeMs) return false;
    return topic.leaders.every((leader) => leader >= 0);
  }

  /** Next time the topic is needed, it is asked for anew. */
  forget(name: string): void {
    this.known.delete(name);
  }

  /** Asks anew where these topics are. Callers that ask for the same at the same time share the answer. */
  refresh(topics: readonly string[]): Promise<void> {
    const key = topics.toSorted().join(' ');
    const running = this.refreshing.get(key);
    if (running) return running;
    const mine = this.askMetadata([...new Set(topics)]).finally(() => this.refreshing.delete(key));
    this.refreshing.set(key, mine);
    return mine;
  }

  private async askMetadata(topics: string[]): Promise<void> {
    const metadata = await this.anyLink((link) =>
      link.request(metadataV12.api, topics, false, false).catch(answerOf<metadataV12.MetadataResponse>()),
    );
    this.addresses.clear();
    for (const { nodeId, host, port } of metadata.brokers) this.addresses.set(nodeId, { host, port });
    for (const { name, errorCode, partitions } of metadata.topics) {
      if (name === null || name === undefined) continue;
      const leaders = partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ leaderId }) => leaderId);
      this.known.set(name, { leaders, errorCode, at: Date.now() });
    }
  }

  /** True when Kafka will not let us use the topic, now or later. */
  refusesTopic(name: string): boolean {
    return isRefusal(this.known.get(name)?.errorCode ?? code.none);
  }

  /** Runs `work` on a connection to the first broker that answers. */
  async anyLink<T>(work: (link: Link) => Promise<T>): Promise<T> {
    const errors: unknown[] = [];
    for (const address of [...this.addresses.values(), ...this.bootstrap]) {
      try {
        return await work(this.commonLink(address));
      } catch (error) {
        errors.push(error);
        if (this.closed) break;
      }
    }
    throw unavailable('no Kafka broker answers', errors[0]);
  }

  /** The broker that keeps the group. */
  async coordinator(group: string): Promise<number> {
    const answer = await this.anyLink((link) => link.request(findCoordinatorV4.api, consumerGroup, [group]));
    const [found] = answer.coordinators;
    if (!found) throw new BrokerUnavailable(`no coordinator for group ${group}`);
    this.addresses.set(found.nodeId, { host: found.host, port: found.port });
    return found.nodeId;
  }

  /** A new connection to a broker, for one user; `close` it with `release`. */
  link(node: number, options: { readonly requestTimeoutMs?: number } = {}): Link {
    const address = this.addresses.get(node);
    if (!address || this.closed) throw new BrokerUnavailable(this.closed ? 'the broker is closed' : `broker ${node} is not known`);
    const link = this.newLink(address, options.requestTimeoutMs ?? requestTimeoutMs);
    this.links.add(link);
    return link;
  }

  release(link: Link): void {
    this.links.delete(link);
    link.close();
  }

  close(): void {
    this.closed = true;
    for (const link of [...this.links, ...this.common.values()]) link.close();
    this.links.clear();
    this.common.clear();
  }

  private commonLink(address: Address): Link {
    const key = `${address.host}:${address.port}`;
    const existing = this.common.get(key);
    if (existing) return existing;
    const link = this.newLink(address, requestTimeoutMs);
    this.common.set(key, link);
    return link;
  }

  private newLink(address: Address, timeoutMs: number): Link {
    const { clientId, tls, sasl } = this.settings;
    return new Link(address, clientId, { connectTimeout: connectTimeoutMs, requestTimeout: timeoutMs, maxInflights: 100, tls, sasl });
  }
}

function parseAddress(broker: string): Address {
  const colon = broker.lastIndexOf(':');
  const port = Number(broker.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) throw new TypeError(`"${broker}" is no host:port of a Kafka broker`);
  return { host: broker.slice(0, colon), port };
}
