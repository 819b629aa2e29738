import { backoffMs, defaultLargestRecordBytes, type Following, type FollowOptions, pause } from '@ftgo/messaging/broker';
import { Bell } from './bell.js';
import { Connection } from './connection.js';
import { type Fetched, fetchRecords, type Wanted } from './fetch.js';
import type { Settings } from './options.js';

const pollMs = 1_000;
const firstPauseMs = 20;
const longestPauseMs = 1_000;
const lastStatementMs = 300;
const fetchBytes = 512 * 1024;
const fetchRows = 500;

type Place = Pick<Wanted, 'topic' | 'topicId' | 'partition' | 'from'>;

/** A topic that did not exist at first, or was deleted and created again, is read from its first record. */
const places = {
  name: 'follow',
  text: `SELECT t.name, t.id, p.partition, p.next_offset FROM broker.topic t JOIN broker.partition p ON p.topic_id = t.id
    WHERE t.name = ANY($1::text[])`,
};

/** Reads all partitions of topics without a group, from their ends, on a connection of its own. */
export class PostgresFollower implements Following {
  readonly started: Promise<void>;
  private readonly closing = new AbortController();
  private readonly bell = new Bell();
  private readonly connection: Connection;
  private readonly running: Promise<void>;
  private following: Place[] | undefined;
  private isConnected = false;
  private lookAt = 0;

  constructor(
    private readonly settings: Settings,
    private readonly options: FollowOptions,
    private readonly onClosed: () => void,
  ) {
    this.connection = new Connection({
      url: settings.url,
      applicationName: `${settings.clientId} (follower)`,
      onNotification: (payload) => this.notified(payload),
      onLost: () => {
        this.isConnected = false;
        this.bell.ring();
      },
    });
    const started = Promise.withResolvers<void>();
    this.started = started.promise;
    this.running = this.run(started.resolve);
  }

  get connected(): boolean {
    return this.isConnected;
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.bell.ring();
    const abandon = setTimeout(() => this.connection.abandon(), lastStatementMs);
    await this.running;
    clearTimeout(abandon);
    await this.connection.close();
    this.onClosed();
  }

  private async run(started: () => void): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (performance.now() >= this.lookAt) await this.findPartitions();
        this.isConnected = true;
        started();
        while (await this.read());
        failures = 0;
        await this.bell.wait(pollMs);
      } catch (error) {
        if (!signal.aborted) this.settings.onProblem(`cannot follow ${this.options.topics.join(', ')}`, error as Error);
        await pause(backoffMs(failures++, firstPauseMs, longestPauseMs), signal);
      }
    }
  }

  private async findPartitions(): Promise<void> {
    const rows = (await this.connection.query(places, [this.options.topics])) as [string, number, number, string][];
    const before = this.following;
    if (!before && rows.length === 0) throw new Error('the topics do not exist');
    const known = new Map(before?.map((place) => [`${place.topicId}/${place.partition}`, place]));
    this.following = rows.map(
      ([topic, topicId, partition, next]) =>
        known.get(`${topicId}/${partition}`) ?? { topic, topicId, partition, from: before ? 0 : Number(next) },
    );
    this.lookAt = performance.now() + pollMs;
  }

  /** Reads what has been published; true if there may be more. */
  private async read(): Promise<boolean> {
    const wanted = (this.following ?? []).map((place) => ({
      ...place,
      bytes: fetchBytes,
      rows: fetchRows,
      largest: defaultLargestRecordBytes,
    }));
    if (wanted.length === 0 || this.closing.signal.aborted) return false;
    const found = await fetchRecords(this.connection, wanted);
    this.following = this.following?.map((place, i) => this.take(place, found.get(wanted[i] as Wanted)));
    return [...found.values()].some(({ records }) => records.length > 0);
  }

  private take(place: Place, fetched: Fetched | undefined): Place {
    if (!fetched || this.closing.signal.aborted) return place;
    const { topic, partition, from } = place;
    const { first, records } = fetched;
    if (first > from) this.options.onMissed?.({ topic, partition, reason: 'retention', records: first - from });
    if (records.length > 0) this.hand(records.map(({ record }) => record));
    const last = records.at(-1);
    return { ...place, from: last ? last.offset + 1 : Math.max(from, first) };
  }

  /** A record is not redelivered: the next one is more useful to a reader that follows. */
  private hand(records: Parameters<FollowOptions['handler']>[0]): void {
    try {
      this.options.handler(records);
    } catch (error) {
      this.settings.onProblem(`the handler of ${this.options.topics.join(', ')} failed; its records are skipped`, error as Error);
    }
  }

  private notified(payload: string): void {
    if (payload.startsWith('appended')) this.bell.ring();
  }
}
