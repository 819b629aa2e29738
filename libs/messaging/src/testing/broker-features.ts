import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest';
import type { Broker, BrokerFeatures, RecordBatch, Subscription } from '../broker/index.js';
import { conformanceRun } from './conformance-run.js';
import type { ConformanceFixture } from './fixture.js';
import { eventually, message, range, textOf, uniqueName } from './records.js';

const hourMs = 3_600_000;

/** Tests the features that an adapter claims. Those it does not claim are skipped, by name. */
export function brokerFeatures(adapter: string, open: () => Promise<ConformanceFixture>): void {
  describe(`${adapter}, by its features`, () => {
    const run = conformanceRun(open);
    afterEach(() => vi.restoreAllMocks());

    const newTopic = async (partitions = 1): Promise<Broker> => {
      await run.newTopic(partitions);
      return run.broker;
    };
    /** A member of a group, and the texts delivered to it. */
    const listen = async (group: string, by = run.client()): Promise<{ texts: string[]; subscription: Subscription }> => {
      const got: string[] = [];
      const handler = async ({ records }: RecordBatch) => void got.push(...records.map(textOf));
      return { texts: got, subscription: await run.subscribe(handler, { group, by }) };
    };
    const publish = (broker: Broker, from: number, to: number, key = 'k') =>
      broker.publish(range(from, to).map((n) => message(run.topic, key, n)));
    const texts = (from: number, to: number) => range(from, to).map(String);
    const claimed = ({ features }: Broker, feature: keyof BrokerFeatures, { skip }: TestContext): void =>
      skip(!features[feature], `${adapter} does not claim ${feature}`);

    it('gives each of two groups every message, however many are published at once', async (context) => {
      const broker = await newTopic(3);
      claimed(broker, 'publishSubscribe', context);
      const [one, two] = [await listen(uniqueName('group')), await listen(uniqueName('group'))];
      await Promise.all(range(0, 30).map((n) => publish(broker, n * 10, n * 10 + 10, `key-${n}`)));
      for (const { texts: got } of [one, two]) await eventually(() => expect(got.toSorted()).toEqual(texts(0, 300).toSorted()));
    });

    it('starts a new group at the oldest message, even after others have handled it', async (context) => {
      const broker = await newTopic();
      claimed(broker, 'retained', context);
      const first = await listen(uniqueName('group'));
      await publish(broker, 0, 50);
      await eventually(() => expect(first.texts).toEqual(texts(0, 50)));
      await eventually(() => expect(first.subscription.caughtUp()).toBe(true));
      for (const again of [await listen(uniqueName('replay')), await listen(uniqueName('replay'))])
        await eventually(() => expect(again.texts).toEqual(texts(0, 50)));
    });

    it('delivers several partitions of a channel concurrently', async (context) => {
      const broker = await newTopic(3);
      claimed(broker, 'partitioned', context);
      const { subscription } = await listen(uniqueName('group'));
      await eventually(() => expect(new Set(subscription.assigned.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2])));
    });

    it('reads a channel that was deleted and created again from its first message', async (context) => {
      const broker = await newTopic();
      claimed(broker, 'survivesRecreation', context);
      if (!run.fixture.deleteTopic) expect.unreachable(`${adapter} claims survivesRecreation, but its fixture has no deleteTopic`);
      const { texts: got, subscription } = await listen(uniqueName('group'));
      await publish(broker, 0, 40);
      await eventually(() => expect(got).toEqual(texts(0, 40)));
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      await run.fixture.deleteTopic(run.topic);
      await eventually(async () => expect(await broker.missingTopics([run.topic])).toEqual([run.topic]));
      await eventually(() => broker.ensureTopics([{ topic: run.topic, partitions: 1 }]));
      await eventually(() => publish(run.client(), 100, 103));
      await eventually(() => expect(new Set(got.slice(40))).toEqual(new Set(texts(100, 103))));
    });

    it('continues and commits when the wall clock is set back by an hour', async () => {
      const broker = await newTopic();
      const leaving = run.client();
      const { texts: got } = await listen(run.group, leaving);
      await publish(broker, 0, 20);
      await eventually(() => expect(got).toEqual(texts(0, 20)));
      const real = Date.now;
      vi.spyOn(Date, 'now').mockImplementation(() => real() - hourMs);
      await publish(broker, 20, 40);
      await eventually(() => expect(got).toEqual(texts(0, 40)));
      await leaving.close();
      const next = await listen(run.group);
      await publish(broker, 40, 41);
      await eventually(() => expect(next.texts).toContain('40'));
      expect(next.texts).toEqual(['40']);
    });
  });
}
