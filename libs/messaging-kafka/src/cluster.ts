import { AccessDenied, BrokerUnavailable, TopicMissing } from '@ftgo/messaging/broker';
import { findCoordinatorV4, metadataV12 } from '@platformatic/kafka';
import { failureOf, isDenied, notPermitted } from './access.js';
import { code, isPermanent } from './codes.js';
import { answerOf, describe } from './errors.js';
import { type Address, Link } from './link.js';
import type { Settings } from './options.js';

export interface Topic {
  /** The topic's identity: a topic that was deleted and created again has the same name but another id. */
  readonly id: string;
  /** The leader of each partition; -1 if there is none. */
  readonly leaders: readonly number[];
  /** Increases with each change of a partition's leader. */
  readonly epochs: readonly number[];
  readonly errorCode: number;
  /** When it was fetched, by performance.now(). */
  readonly at: number;
}

const connectTimeoutMs = 3_000;
/** Longer than a broker takes at most for our requests: 10 s, if replicas are slow. */
const requestTimeoutMs = 12_000;
const consumerGroup = 0;
/** So that new partitions are discovered. */
const topicMaxAgeMs = 60_000;

/** The known brokers and topics, and the connections to them. */
export class Cluster {
  private readonly bootstrap: readonly Address[];
  private readonly addresses = new Map<number, Address>();
  private readonly known = new Map<string, Topic>();
  /** The links in use, each with its broker. */
  private readonly links = new Map<Link, number>();
  private readonly common = new Map<string, Link>();
  private readonly refreshing = new Map<string, Promise<void>>();
  private closed = false;

  constructor(readonly settings: Settings) {
    this.bootstrap = settings.brokers.map(parseAddress);
  }

  topic(name: string): Topic | undefined {
    return this.known.get(name);
  }

  /** The topic from the cache, otherwise fetched once. Throws BrokerUnavailable if it does not exist. */
  async existing(name: string): Promise<Topic> {
    if (!this.usable(name)) await this.refresh([name]);
    const topic = this.known.get(name);
    if (topic && this.usable(name)) return topic;
    if (topic?.errorCode === code.unknownTopicOrPartition) throw new TopicMissing(name);
    if (topic && isDenied(topic.errorCode)) throw this.notPermitted([name]);
    const why = topic && topic.errorCode !== code.none ? describe(topic.errorCode) : 'it has partitions without a leader';
    throw new BrokerUnavailable(`cannot use topic ${name}: ${why}`);
  }

  private usable(name: string): boolean {
    const topic = this.known.get(name);
    if (!topic || topic.errorCode !== code.none || performance.now() - topic.at > topicMaxAgeMs) return false;
    return topic.leaders.every((leader) => leader >= 0);
  }

  /** Fetches the topic again the next time it is needed. */
  forget(name: string): void {
    this.known.delete(name);
  }

  /** Fetches the leaders of these topics again. Concurrent callers with the same topics share the result. */
  refresh(topics: readonly string[]): Promise<void> {
    const key = topics.toSorted().join(' ');
    const running = this.refreshing.get(key);
    if (running) return running;
    const mine = this.fetchMetadata([...new Set(topics)]).finally(() => this.refreshing.delete(key));
    this.refreshing.set(key, mine);
    return mine;
  }

  private async fetchMetadata(topics: string[]): Promise<void> {
    const metadata = await this.anyLink((link) =>
      link.request(metadataV12.api, topics, false, false).catch(answerOf<metadataV12.MetadataResponse>()),
    );
    const addresses = new Map(metadata.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    for (const node of this.addresses.keys()) if (!addresses.has(node)) this.addresses.delete(node);
    for (const [node, address] of addresses) this.locate(node, address);
    for (const topic of metadata.topics) {
      const { name } = topic;
      if (name !== null && name !== undefined) this.known.set(name, topicOf(topic));
    }
  }

  /** Closes connections to the broker's previous address: nothing, or something else, may be there. */
  private locate(node: number, address: Address): void {
    const before = this.addresses.get(node);
    this.addresses.set(node, address);
    if (!before || (before.host === address.host && before.port === address.port)) return;
    for (const [link, to] of this.links) if (to === node) link.reconnect();
  }

  /** True if Kafka will never let us use the topic. */
  rejectsTopic(name: string): boolean {
    return isPermanent(this.known.get(name)?.errorCode ?? code.none);
  }

  /** Those of these topics that Kafka does not let us use, as of the last refresh. */
  denied(topics: readonly string[]): string[] {
    return topics.filter((name) => isDenied(this.known.get(name)?.errorCode ?? code.none));
  }

  notPermitted(topics: readonly string[]): AccessDenied {
    return notPermitted(`cannot use ${topics.length === 1 ? 'topic' : 'topics'} ${topics.join(', ')}`, this.settings.access);
  }

  /** The error for an operation that failed. */
  failure(what: string, error: unknown): BrokerUnavailable {
    return failureOf(what, error, this.settings.access);
  }

  /** Runs `work` on a connection to the first broker that responds. */
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
    throw this.failure('no Kafka broker responds', errors.find((error) => error instanceof AccessDenied) ?? errors[0]);
  }

  /** The coordinator of the group. */
  async coordinator(group: string): Promise<number> {
    const answer = await this.anyLink((link) => link.request(findCoordinatorV4.api, consumerGroup, [group]));
    const [found] = answer.coordinators;
    if (!found) throw new BrokerUnavailable(`group ${group} has no coordinator`);
    this.locate(found.nodeId, { host: found.host, port: found.port });
    return found.nodeId;
  }

  /** A new connection to a broker, at its current address, for one user; close it with `release`. */
  link(node: number, options: { readonly requestTimeoutMs?: number } = {}): Link {
    this.addressOf(node);
    const link = this.newLink(() => this.addressOf(node), options.requestTimeoutMs ?? requestTimeoutMs);
    this.links.set(link, node);
    return link;
  }

  private addressOf(node: number): Address {
    const address = this.addresses.get(node);
    if (!address || this.closed) throw new BrokerUnavailable(this.closed ? 'the broker is closed' : `unknown broker ${node}`);
    return address;
  }

  release(link: Link): void {
    this.links.delete(link);
    link.close();
  }

  close(): void {
    this.closed = true;
    for (const link of [...this.links.keys(), ...this.common.values()]) link.close();
    this.links.clear();
    this.common.clear();
  }

  private commonLink(address: Address): Link {
    const key = `${address.host}:${address.port}`;
    const existing = this.common.get(key);
    if (existing) return existing;
    const link = this.newLink(() => address, requestTimeoutMs);
    this.common.set(key, link);
    return link;
  }

  private newLink(address: () => Address, timeoutMs: number): Link {
    const { access, clientId, tls, sasl } = this.settings;
    const options = { connectTimeout: connectTimeoutMs, requestTimeout: timeoutMs, maxInflights: 100, tls, sasl, access };
    return new Link(address, clientId, options, () => this.distrustCommonLinks());
  }

  /**
   * If one connection has fallen silent, others may have too: callers that look for brokers next should not wait for each of
   * them.
   */
  private distrustCommonLinks(): void {
    for (const link of this.common.values()) link.reconnect();
  }
}

function topicOf({ topicId, errorCode, partitions }: metadataV12.MetadataResponse['topics'][number]): Topic {
  const sorted = partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
  const leaders = sorted.map(({ leaderId }) => leaderId);
  return {
    id: topicId.replaceAll('-', ''),
    leaders,
    epochs: sorted.map(({ leaderEpoch }) => leaderEpoch),
    errorCode,
    at: performance.now(),
  };
}

function parseAddress(broker: string): Address {
  const colon = broker.lastIndexOf(':');
  const port = Number(broker.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) throw new TypeError(`invalid broker '${broker}': expected host:port`);
  return { host: broker.slice(0, colon), port };
}
