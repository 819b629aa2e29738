import { describe, expect, it } from 'vitest';
import { BrokerUnavailable, type OutgoingRecord, type RecordBatch } from '../broker/index.js';
import { isCollected } from './collected.js';
import { conformanceRun } from './conformance-run.js';
import type { ConformanceFixture } from './fixture.js';
import { expectInOrder, Journal } from './journal.js';
import { bytes, eventually, message, range, textOf } from './records.js';

/** Order, redelivery, groups and closing. */
export function brokerDelivery(adapter: string, open: () => Promise<ConformanceFixture>): void {
  describe(`${adapter}, as a broker`, () => {
    const run = conformanceRun(open);

    it('keeps the order of each key, across publications and partitions', async () => {
      await run.newTopic();
      const journal = new Journal();
      await run.subscribe(async (batch) => journal.add(batch));
      const publications = range(0, 40).map((p) => range(p * 50, p * 50 + 50).map((n) => message(run.topic, `order-${n % 37}`, n)));
      await Promise.all(publications.map((records) => run.broker.publish(records)));
      await eventually(() => expect(journal.distinct.size).toBe(2000));
      expect(journal.entries).toHaveLength(2000);
      expectInOrder(journal);
      expect(new Set(journal.entries.map(({ partition }) => partition)).size).toBe(6);
    });

    it('preserves keys, values and headers byte for byte', async () => {
      await run.newTopic(1);
      const random = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + length * 7) % 256));
      const sent = [0, 1, 63, 64, 8191, 8192, 70_000, 900_000].map(
        (length, i): OutgoingRecord => ({
          topic: run.topic,
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
      await run.subscribe(async ({ records }) => void received.push(...records));
      await run.broker.publish(sent);
      await eventually(() => expect(received).toHaveLength(sent.length));
      for (const [i, { key, value, headers }] of received.entries()) {
        expect(value?.equals(sent[i]?.value as Buffer)).toBe(true);
        expect(key?.equals(sent[i]?.key as Buffer)).toBe(true);
        expect([...headers].map(([header, content]) => [header, content.toString('hex')])).toEqual(
          sent[i]?.headers.map(([header, content]) => [String(header), content.toString('hex')]),
        );
      }
      const places = received.map(({ position }) => position);
      expect(places.toSorted((a, b) => run.broker.comparePositions(a, b))).toEqual(places);
      expect(new Set(places).size).toBe(sent.length);
    });

    it('redelivers the same records if a handler rejects, and not after it has resolved', async () => {
      await run.newTopic(1);
      const attempts: string[][] = [];
      await run.subscribe(async ({ records }) => {
        attempts.push(records.map(textOf));
        if (attempts.length < 4) throw new Error('the handler fails for now');
      });
      await run.broker.publish([message(run.topic, 'a', 1), message(run.topic, 'a', 2)]);
      await eventually(() => expect(attempts).toHaveLength(4));
      for (const attempt of attempts) expect(attempt).toEqual(['1', '2']);
      await run.broker.publish([message(run.topic, 'a', 3)]);
      await eventually(() => expect(attempts.at(-1)).toEqual(['3']));
      expect(attempts).toHaveLength(5);
    });

    it('delays only the partition whose handler fails', async () => {
      await run.newTopic(4);
      const journal = new Journal();
      let failing: number | undefined;
      await run.subscribe(async (batch) => {
        if (batch.records.some((record) => textOf(record) === '0')) failing = batch.partition;
        if (batch.partition === failing) throw new Error('this partition is poisoned');
        journal.add(batch);
      });
      await run.broker.publish([message(run.topic, 'poison', 0)]);
      await eventually(() => expect(failing).toBeDefined());
      await run.broker.publish(range(1, 200).map((n) => message(run.topic, `key-${n}`, n)));
      await eventually(() => expect(new Set(journal.entries.map(({ partition }) => partition)).size).toBe(3));
      await run.broker.publish(range(200, 400).map((n) => message(run.topic, `key-${n % 200}`, n)));
      await eventually(() => expect(Math.max(...journal.entries.map(({ n }) => n))).toBeGreaterThan(390));
    });

    it('delivers one batch of a partition at a time, partitions concurrently, and no batch above the limit', async () => {
      await run.newTopic(3);
      await run.broker.publish(range(0, 300).map((n) => message(run.topic, `key-${n}`, n)));
      const running = new Map<number, number>();
      let sideBySide = 0;
      const sizes: number[] = [];
      const journal = new Journal();
      await run.subscribe(
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

    it('redelivers a batch whose handler never returned', async () => {
      await run.newTopic(1);
      const dying = run.client();
      const first = new Journal();
      const never = Promise.withResolvers<void>();
      await run.subscribe(
        async (batch) => {
          first.add(batch);
          if (batch.records.some((record) => textOf(record) === '3')) await never.promise;
        },
        { by: dying, maxBatch: 1 },
      );
      await run.broker.publish(range(0, 6).map((n) => message(run.topic, 'a', n)));
      await eventually(() => expect(first.distinct.size).toBe(4));
      await dying.close();
      const second = new Journal();
      await run.subscribe(async (batch) => second.add(batch));
      await eventually(() => expect(second.distinct).toEqual(new Set([3, 4, 5])));
      expectInOrder(second);
      never.resolve();
    });

    it('does not redeliver what was committed before it closed', async () => {
      await run.newTopic(2);
      const first = new Journal();
      const leaving = run.client();
      await run.subscribe(async (batch) => first.add(batch), { by: leaving });
      await run.broker.publish(range(0, 100).map((n) => message(run.topic, `key-${n}`, n)));
      await eventually(() => expect(first.distinct.size).toBe(100));
      await leaving.close();
      const second = new Journal();
      const subscription = await run.subscribe(async (batch) => second.add(batch));
      await run.broker.publish([message(run.topic, 'key-1', 100)]);
      await eventually(() => expect(second.distinct.has(100)).toBe(true));
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      expect(second.entries).toHaveLength(1);
    });

    it('frees the memory of a subscription that is closed before the broker', async () => {
      await run.newTopic(1);
      const closed = async () => {
        const journal = new Journal();
        const subscription = await run.subscribe(async (batch) => journal.add(batch));
        await run.broker.publish([message(run.topic, 'a', 1)]);
        await eventually(() => expect(journal.distinct.size).toBe(1));
        await subscription.close();
        return new WeakRef(journal);
      };
      const journal = await closed();
      await eventually(() => expect(isCollected(journal)).toBe(true));
    });

    it('finishes the batch in progress when it closes, and signals the handler to stop', async () => {
      await run.newTopic(1);
      const leaving = run.client();
      let signal: AbortSignal | undefined;
      let finished = false;
      await run.subscribe(
        async (batch) => {
          ({ signal } = batch);
          await new Promise((resolve) => batch.signal.addEventListener('abort', resolve));
          finished = true;
        },
        { by: leaving, maxBatch: 1 },
      );
      await run.broker.publish([message(run.topic, 'a', 1), message(run.topic, 'a', 2)]);
      await eventually(() => expect(signal).toBeDefined());
      await leaving.close();
      expect(finished).toBe(true);
      const next = new Journal();
      await run.subscribe(async (batch) => next.add(batch));
      await eventually(() => expect(next.distinct).toEqual(new Set([2])));
    });

    it('loses nothing and keeps the order while members join and leave', async () => {
      await run.newTopic();
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
          await run.broker.publish(range(sent, sent + 20).map((n) => message(run.topic, `order-${n % 23}`, n)));
          sent += 20;
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const [one, two, three] = [run.client(), run.client(), run.client()];
      const first = await run.subscribe(handler, { by: one });
      await eventually(() => expect(first.assigned).toHaveLength(6));
      const second = await run.subscribe(handler, { by: two });
      await eventually(() => expect([first.assigned.length, second.assigned.length]).toEqual([3, 3]));
      const third = await run.subscribe(handler, { by: three });
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

    it('reports whether it is connected, what it owns and whether it has caught up', async () => {
      await run.newTopic(2);
      await run.broker.publish([message(run.topic, 'a', 1)]);
      const gate = Promise.withResolvers<void>();
      let waiting = false;
      const subscription = await run.subscribe(async () => {
        waiting = true;
        await gate.promise;
      });
      await eventually(() => expect(waiting).toBe(true));
      expect(subscription.caughtUp()).toBe(false);
      await eventually(() => expect(subscription.caughtUp([])).toBe(true));
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

    it('closes promptly in any state, even if called repeatedly', async () => {
      await run.newTopic(3);
      await run.broker.publish(range(0, 500).map((n) => message(run.topic, `key-${n}`, n)));
      const closing = run.client();
      const subscription = await run.subscribe(async () => undefined, { by: closing, maxBatch: 3 });
      const publishing = Promise.allSettled(range(0, 20).map((n) => closing.publish([message(run.topic, `key-${n}`, n)])));
      const startedAt = performance.now();
      await Promise.all([subscription.close(), closing.close(), closing.close(), subscription.close()]);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      for (const outcome of await publishing) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(BrokerUnavailable);
      await expect(closing.publish([message(run.topic, 'a', 1)])).rejects.toBeInstanceOf(BrokerUnavailable);
    });
  });
}
