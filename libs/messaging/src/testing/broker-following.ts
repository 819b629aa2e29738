import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Following, RecordBatch } from '../broker/index.js';
import { isCollected } from './collected.js';
import { conformanceRun } from './conformance-run.js';
import type { ConformanceFixture } from './fixture.js';
import { eventually, message, range, textOf } from './records.js';

const texts = (from: number, to: number) => range(from, to).map(String);

/** Readers without a group, if the adapter claims them. */
export function brokerFollowing(adapter: string, open: () => Promise<ConformanceFixture>): void {
  describe(`${adapter}, followed without a group`, () => {
    const run = conformanceRun(open);
    beforeEach((context) => context.skip(!run.fixture.client().features.following, `${adapter} does not claim following`));
    let followers: Following[] = [];
    afterEach(async () => {
      await Promise.all(followers.map((follower) => follower.close()));
      followers = [];
    });

    const follow = async (by = run.client()) => {
      const got: string[] = [];
      const follower = by.follow({ topics: [run.topic], handler: (records) => void got.push(...records.map(textOf)) });
      followers.push(follower);
      await follower.started;
      return { got, follower };
    };
    const publish = (from: number, to: number) => run.broker.publish(range(from, to).map((n) => message(run.topic, 'k', n)));

    it('gives every reader everything that is published after it started, and nothing from before', async () => {
      await run.newTopic(3);
      await publish(0, 10);
      const [one, two] = [await follow(), await follow()];
      await publish(10, 30);
      for (const { got } of [one, two]) await eventually(() => expect(got).toEqual(texts(10, 30)));
      await eventually(() => expect(one.follower.connected).toBe(true));
    });

    it('reads all partitions, and keeps the order of each', async () => {
      await run.newTopic(6);
      const { got } = await follow();
      await run.broker.publish(range(0, 600).map((n) => message(run.topic, `key-${n % 41}`, n)));
      await eventually(() => expect(got).toHaveLength(600));
      const byKey = Map.groupBy(got.map(Number), (n) => n % 41);
      for (const numbers of byKey.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    });

    it('frees the memory of a reader that is closed before the broker', async () => {
      await run.newTopic(1);
      const closed = async () => {
        const got: string[] = [];
        const follower = run.broker.follow({ topics: [run.topic], handler: (records) => void got.push(...records.map(textOf)) });
        await follower.started;
        await publish(0, 1);
        await eventually(() => expect(got).toEqual(['0']));
        await follower.close();
        return new WeakRef(got);
      };
      const got = await closed();
      await eventually(() => expect(isCollected(got)).toBe(true));
    });

    it('takes nothing from groups, and commits nothing', async () => {
      await run.newTopic();
      const handled: string[] = [];
      await run.subscribe(async ({ records }: RecordBatch) => void handled.push(...records.map(textOf)));
      const first = await follow();
      await publish(0, 20);
      await eventually(() => expect(handled).toEqual(texts(0, 20)));
      await eventually(() => expect(first.got).toEqual(texts(0, 20)));
      await first.follower.close();
      const second = await follow();
      await publish(20, 21);
      await eventually(() => expect(second.got).toEqual(['20']));
    });

    it('continues with the next records if its handler throws', async () => {
      await run.newTopic(1);
      const got: string[] = [];
      const follower = run.client().follow({
        topics: [run.topic],
        handler: (records) => {
          got.push(...records.map(textOf));
          if (got.length === 1) throw new Error('the handler fails for now');
        },
      });
      followers.push(follower);
      await follower.started;
      await publish(0, 1);
      await eventually(() => expect(got).toEqual(['0']));
      await publish(1, 2);
      await eventually(() => expect(got).toEqual(['0', '1']));
    });

    it('gets nothing more after it was closed, and closing takes no time', async () => {
      await run.newTopic(1);
      const closed = await follow();
      await publish(0, 1);
      await eventually(() => expect(closed.got).toEqual(['0']));
      await Promise.all([closed.follower.close(), closed.follower.close()]);
      const other = await follow();
      await publish(1, 2);
      await eventually(() => expect(other.got).toEqual(['1']));
      expect(closed.got).toEqual(['0']);
    });

    it('can begin before its topic exists, and then reads everything', async () => {
      await run.newTopic(1);
      run.topic = `${run.topic}.later`;
      const got: string[] = [];
      followers.push(run.client().follow({ topics: [run.topic], handler: (records) => void got.push(...records.map(textOf)) }));
      await run.broker.ensureTopics([{ topic: run.topic, partitions: 2 }]);
      await followers[0]?.started;
      await publish(0, 3);
      await eventually(() => expect(got).toEqual(texts(0, 3)));
    });
  });
}
