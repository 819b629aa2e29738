import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Broker,
  BrokerUnavailable,
  type OutgoingRecord,
  type RecordBatch,
  RecordRefused,
  RecordView,
  type SubscribeOptions,
  type Subscription,
} from '../broker/index.js';
import { brokerFeatures } from './broker-features.js';
import type { ConformanceFixture } from './fixture.js';
import { bytes, eventually, message, range, textOf, uniqueName } from './records.js';

/** Remembers what handlers got, for assertions. */
class Journal {
  readonly entries: { key: string; n: number; partition: number }[] = [];

  add({ records, partition }: RecordBatch): void {
    for (const record of records) this.entries.push({ key: String(record.key), n: Number(textOf(record)), partition });
  }

  get distinct(): Set<number> {
    return new Set(this.entries.map(({ n }) => n));
  }

  /** Per key, the numbers in the order in which they came first. */
  firstDeliveries(): Map<string, number[]> {
    const seen = new Set<number>();
    const first = this.entries.filter(({ n }) => !seen.has(n) && seen.add(n));
    return new Map([...Map.groupBy(first, ({ key }) => key)].map(([key, of]) => [key, of.map(({ n }) => n)]));
  }
}

const expectInOrder = (journal: Journal) => {
  for (const numbers of journal.firstDeliveries().values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
};

/** What every adapter of the broker port promises. */
export function brokerConformance(adapter: string, open: () => Promise<ConformanceFixture>): void {
  brokerFeatures(adapter, open);
  describe(`${adapter}, as a broker`, () => {
    let fixture: ConformanceFixture;
    let clients: Broker[] = [];
    let broker: Broker;
    let topic: string;
    let group: string;

    const client = () => {
      const made = fixture.client();
      clients.push(made);
      return made;
    };
    const newTopic = async (partitions = 6) => {
      topic = uniqueName('topic');
      group = uniqueName('group');
      broker = client();
      await broker.ensureTopics([{ topic, partitions }]);
    };
    const subscribe = (
      handler: SubscribeOptions['handler'],
      options: Partial<SubscribeOptions> & { by?: Broker } = {},
    ): Promise<Subscription> => (options.by ?? broker).subscribe({ group, topics: [topic], handler, ...options });

    beforeAll(async () => {
      fixture = await open();
    });
    afterEach(async () => {
      await Promise.all(clients.map((made) => made.close()));
      clients = [];
    });
    afterAll(() => fixture?.end?.());

    it('keeps the order of each key, across publications and partitions', async () => {
      await newTopic();
      const journal = new Journal();
      await subscribe(async (batch) => journal.add(batch));
      const publications = range(0, 40).map((p) => range(p * 50, p * 50 + 50).map((n) => message(topic, `order-${n % 37}`, n)));
      await Promise.all(publications.map((records) => broker.publish(records)));
      await eventually(() => expect(journal.distinct.size).toBe(2000));
      expect(journal.entries).toHaveLength(2000);
      expectInOrder(journal);
      expect(new Set(journal.entries.map(({ partition }) => partition)).size).toBe(6);
    });

    it('keeps keys, values and headers byte for byte', async () => {
      await newTopic(1);
      const random = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + length * 7) % 256));
      const sent = [0, 1, 63, 64, 8191, 8192, 70_000, 900_000].map(
        (length, i): OutgoingRecord => ({
          topic,
          key: random(i),
          value: random(length),
          headers: [
            [bytes('ce_id'), random(i * 40)],
            [bytes('content-type'), bytes('application/json')],
            [bytes('überschrift'), random(300)],
            [bytes('empty'), Buffer.alloc(0)],
          ],
        }),
      );
      const received: RecordBatch['records'][number][] = [];
      await subscribe(async ({ records }) => void received.push(...records));
      await broker.publish(sent);
      await eventually(() => expect(received).toHaveLength(sent.length));
      for (const [i, { key, value, headers }] of received.entries()) {
        expect(value?.equals(sent[i]?.value as Buffer)).toBe(true);
        expect(key?.equals(sent[i]?.key as Buffer)).toBe(true);
        expect([...headers].map(([header, content]) => [header, content.toString('hex')])).toEqual(
          sent[i]?.headers.map(([header, content]) => [String(header), content.toString('hex')]),
        );
      }
      const places = received.map(({ position }) => position);
      expect(places.toSorted((a, b) => broker.comparePositions(a, b))).toEqual(places);
      expect(new Set(places).size).toBe(sent.length);
    });

    it('brings the same records again when a handler rejects, and once it resolved no more', async () => {
      await newTopic(1);
      const attempts: string[][] = [];
      await subscribe(async ({ records }) => {
        attempts.push(records.map(textOf));
        if (attempts.length < 4) throw new Error('the handler cannot yet');
      });
      await broker.publish([message(topic, 'a', 1), message(topic, 'a', 2)]);
      await eventually(() => expect(attempts).toHaveLength(4));
      for (const attempt of attempts) expect(attempt).toEqual(['1', '2']);
      await broker.publish([message(topic, 'a', 3)]);
      await eventually(() => expect(attempts.at(-1)).toEqual(['3']));
      expect(attempts).toHaveLength(5);
    });

    it('lets a failing partition wait alone', async () => {
      await newTopic(4);
      const journal = new Journal();
      let failing: number | undefined;
      await subscribe(async (batch) => {
        if (batch.records.some((record) => textOf(record) === '0')) failing = batch.partition;
        if (batch.partition === failing) throw new Error('this partition is poisoned');
        journal.add(batch);
      });
      await broker.publish([message(topic, 'poison', 0)]);
      await eventually(() => expect(failing).toBeDefined());
      await broker.publish(range(1, 200).map((n) => message(topic, `key-${n}`, n)));
      await eventually(() => expect(new Set(journal.entries.map(({ partition }) => partition)).size).toBe(3));
      await broker.publish(range(200, 400).map((n) => message(topic, `key-${n % 200}`, n)));
      await eventually(() => expect(Math.max(...journal.entries.map(({ n }) => n))).toBeGreaterThan(390));
    });

    it('hands out one batch of a partition at a time, those of others beside it, none larger than asked', async () => {
      await newTopic(3);
      await broker.publish(range(0, 300).map((n) => message(topic, `key-${n}`, n)));
      const running = new Map<number, number>();
      let sideBySide = 0;
      const sizes: number[] = [];
      const journal = new Journal();
      await subscribe(
        async (batch) => {
          const { partition, records } = batch;
          expect(running.get(partition) ?? 0).toBe(0);
          running.set(partition, 1);
          sideBySide = Math.max(
            sideBySide,
            [...running.values()].reduce((sum, n) => sum + n),
          );
          sizes.push(records.length);
          await new Promise((resolve) => setImmediate(resolve));
          journal.add(batch);
          running.set(partition, 0);
        },
        { maxBatch: 7 },
      );
      await eventually(() => expect(journal.distinct.size).toBe(300));
      expect(Math.max(...sizes)).toBe(7);
      expect(sideBySide).toBeGreaterThan(1);
      expect(journal.entries).toHaveLength(300);
    });

    it('repeats what was in hand when its handler never came back', async () => {
      await newTopic(1);
      const dying = client();
      const first = new Journal();
      const never = Promise.withResolvers<void>();
      await subscribe(
        async (batch) => {
          first.add(batch);
          if (batch.records.some((record) => textOf(record) === '3')) await never.promise;
        },
        { by: dying, maxBatch: 1 },
      );
      await broker.publish(range(0, 6).map((n) => message(topic, 'a', n)));
      await eventually(() => expect(first.distinct.size).toBe(4));
      await dying.close();
      const second = new Journal();
      await subscribe(async (batch) => second.add(batch));
      await eventually(() => expect(second.distinct).toEqual(new Set([3, 4, 5])));
      expectInOrder(second);
      never.resolve();
    });

    it('does not repeat what was committed before it closed', async () => {
      await newTopic(2);
      const first = new Journal();
      const leaving = client();
      await subscribe(async (batch) => first.add(batch), { by: leaving });
      await broker.publish(range(0, 100).map((n) => message(topic, `key-${n}`, n)));
      await eventually(() => expect(first.distinct.size).toBe(100));
      await leaving.close();
      const second = new Journal();
      const subscription = await subscribe(async (batch) => second.add(batch));
      await broker.publish([message(topic, 'key-1', 100)]);
      await eventually(() => expect(second.distinct.has(100)).toBe(true));
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      expect(second.entries).toHaveLength(1);
    });

    it('finishes what is in hand when it closes, and tells the handler to stop', async () => {
      await newTopic(1);
      const leaving = client();
      let signal: AbortSignal | undefined;
      let finished = false;
      await subscribe(
        async (batch) => {
          ({ signal } = batch);
          await new Promise((resolve) => batch.signal.addEventListener('abort', resolve));
          finished = true;
        },
        { by: leaving, maxBatch: 1 },
      );
      await broker.publish([message(topic, 'a', 1), message(topic, 'a', 2)]);
      await eventually(() => expect(signal).toBeDefined());
      await leaving.close();
      expect(finished).toBe(true);
      const next = new Journal();
      await subscribe(async (batch) => next.add(batch));
      await eventually(() => expect(next.distinct).toEqual(new Set([2])));
    });

    it('loses nothing and keeps order while members join and leave', async () => {
      await newTopic();
      const journal = new Journal();
      const handler = async (batch: RecordBatch) => {
        await new Promise((resolve) => setImmediate(resolve));
        batch.signal.throwIfAborted();
        journal.add(batch);
      };
      let sent = 0;
      const publishing = new AbortController();
      const load = (async () => {
        while (!publishing.signal.aborted) {
          await broker.publish(range(sent, sent + 20).map((n) => message(topic, `order-${n % 23}`, n)));
          sent += 20;
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const [one, two, three] = [client(), client(), client()];
      const first = await subscribe(handler, { by: one });
      await eventually(() => expect(first.assigned).toHaveLength(6));
      const second = await subscribe(handler, { by: two });
      await eventually(() => expect([first.assigned.length, second.assigned.length]).toEqual([3, 3]));
      const third = await subscribe(handler, { by: three });
      await eventually(() => expect([first, second, third].map(({ assigned }) => assigned.length)).toEqual([2, 2, 2]));
      await one.close();
      await eventually(() => expect(second.assigned.length + third.assigned.length).toBe(6));
      await two.close();
      await eventually(() => expect(third.assigned).toHaveLength(6));
      publishing.abort();
      await load;
      await eventually(() => expect(journal.distinct.size).toBe(sent));
      expectInOrder(journal);
    });

    it('refuses a record that is too large, by name, and goes on with the others', async () => {
      await newTopic(1);
      const journal = new Journal();
      await subscribe(async (batch) => journal.add(batch));
      const tooLarge = message(topic, 'a', 1, 1_100_000);
      const refusal = await broker.publish([tooLarge]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RecordRefused);
      expect((refusal as RecordRefused).record.value.equals(tooLarge.value)).toBe(true);
      await broker.publish([message(topic, 'a', 2), message(topic, 'a', 3, 900_000)]);
      await eventually(() => expect(journal.distinct).toEqual(new Set([2, 3])));
    });

    it('hands out a record larger than its subscriber takes without its value, and goes on', async () => {
      await newTopic(1);
      const received: RecordBatch['records'][number][] = [];
      await subscribe(async ({ records }) => void received.push(...records), { largestRecordBytes: () => 10_000 });
      await broker.publish([message(topic, 'a', 1), message(topic, 'a', 2, 10_000), message(topic, 'a', 3, 9_000)]);
      await eventually(() => expect(received).toHaveLength(3));
      expect(received.map(({ value }) => value && value.length > 0)).toEqual([true, undefined, true]);
      const { key, headers, position, leftInLog } = received[1] as (typeof received)[number];
      expect([String(key), String(headers.get('n'))]).toEqual(['a', '2']);
      expect(broker.comparePositions(received[0]?.position as string, position)).toBeLessThan(0);
      expect(leftInLog?.bytes).toBeGreaterThan(10_000);
      expect(leftInLog?.reason).toContain('the limit is 10000');
    });

    it('calls a missing topic an outage, and can go on once it is there', async () => {
      await newTopic();
      const later = uniqueName('later');
      expect(await broker.missingTopics([topic, later])).toEqual([later]);
      const failure = await broker.publish([message(later, 'a', 1)]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(BrokerUnavailable);
      expect(failure).toMatchObject({ name: 'TopicMissing', topic: later });
      const journal = new Journal();
      await subscribe(async (batch) => journal.add(batch), { topics: [topic, later] });
      await broker.ensureTopics([{ topic: later, partitions: 2, retentionMs: -1 }]);
      await broker.ensureTopics([{ topic: later, partitions: 2, retentionMs: -1 }]);
      await broker.publish([message(later, 'a', 2)]);
      await eventually(() => expect(journal.distinct).toEqual(new Set([2])));
    });

    it('tells whether it is connected, what it owns and whether it has caught up', async () => {
      await newTopic(2);
      await broker.publish([message(topic, 'a', 1)]);
      const gate = Promise.withResolvers<void>();
      let waiting = false;
      const subscription = await subscribe(async () => {
        waiting = true;
        await gate.promise;
      });
      await eventually(() => expect(waiting).toBe(true));
      expect(subscription.caughtUp()).toBe(false);
      expect(subscription.caughtUp([])).toBe(true);
      const behind = () => subscription.progress.map((partition) => partition.behind ?? -1).toSorted((a, b) => a - b);
      await eventually(() => expect(behind()).toEqual([0, 1]));
      gate.resolve();
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      expect(behind()).toEqual([0, 0]);
      expect(subscription.connected).toBe(true);
      expect(subscription.assigned.map(({ partition }) => partition).toSorted((a, b) => a - b)).toEqual([0, 1]);
      await subscription.close();
      expect(subscription.progress).toEqual([]);
      expect(subscription.connected).toBe(false);
    });

    it('closes at once, however often it is told, whatever is going on', async () => {
      await newTopic(3);
      await broker.publish(range(0, 500).map((n) => message(topic, `key-${n}`, n)));
      const closing = client();
      const subscription = await subscribe(async () => undefined, { by: closing, maxBatch: 3 });
      const publishing = Promise.allSettled(range(0, 20).map((n) => closing.publish([message(topic, `key-${n}`, n)])));
      const startedAt = performance.now();
      await Promise.all([subscription.close(), closing.close(), closing.close(), subscription.close()]);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      for (const outcome of await publishing) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(BrokerUnavailable);
      await expect(closing.publish([message(topic, 'a', 1)])).rejects.toBeInstanceOf(BrokerUnavailable);
    });

    it('takes a stream of records and says how far it is safe', async () => {
      await newTopic();
      const journal = new Journal();
      await subscribe(async (batch) => journal.add(batch));
      const progress: number[] = [];
      const pipeline = await broker.pipeline({
        acknowledged: (upTo) => progress.push(upTo),
        failed: (error) => expect.unreachable(error.message),
      });
      const view = new RecordView();
      for (const n of range(1, 3001)) {
        pipeline.push(view.set(message(topic, `order-${n % 41}`, n, n % 900)), n);
        if (n % 100 === 0) {
          pipeline.flush();
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await eventually(() => expect(progress.at(-1)).toBe(3000));
      expect(pipeline.pendingBytes).toBe(0);
      expect(progress).toEqual(progress.toSorted((a, b) => a - b));
      await eventually(() => expect(journal.entries).toHaveLength(3000));
      expectInOrder(journal);
      pipeline.close();
    });

    it('takes a stream to topics that it did not know yet, each record to its own', async () => {
      await newTopic(2);
      const topics = range(0, 4).map((n) => `${topic}.${n}`);
      await broker.ensureTopics(topics.map((name) => ({ topic: name, partitions: 2 })));
      const received: string[] = [];
      await subscribe(async (batch) => void received.push(...batch.records.map((record) => `${batch.topic} ${textOf(record)}`)), {
        topics,
      });
      const progress: number[] = [];
      const pipeline = await broker.pipeline({
        acknowledged: (upTo) => progress.push(upTo),
        failed: (error) => expect.unreachable(error.message),
      });
      const view = new RecordView();
      const sent = range(1, 41).map((n) => message(topics[n % 4] as string, `order-${n}`, n));
      for (const [i, record] of sent.entries()) pipeline.push(view.set(record), i + 1);
      pipeline.flush();
      await eventually(() => expect(progress.at(-1)).toBe(sent.length));
      await eventually(() => expect(received).toHaveLength(sent.length));
      expect(received.toSorted()).toEqual(sent.map((record) => `${record.topic} ${textOf(record)}`).toSorted());
      pipeline.close();
    });

    it('ends a stream with the record that was refused', async () => {
      await newTopic(1);
      const failure = Promise.withResolvers<Error>();
      const pipeline = await broker.pipeline({ acknowledged: () => undefined, failed: failure.resolve });
      const view = new RecordView();
      pipeline.push(view.set(message(topic, 'a', 1)), 1);
      pipeline.push(view.set(message(topic, 'a', 2, 1_200_000)), 2);
      pipeline.flush();
      const error = await failure.promise;
      expect(error).toBeInstanceOf(RecordRefused);
      expect(textOf((error as RecordRefused).record)).toBe('2');
    });
  });
}
