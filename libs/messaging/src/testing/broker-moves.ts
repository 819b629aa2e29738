import { describe, expect, it } from 'vitest';
import { conformanceRun } from './conformance-run.js';
import type { ConformanceFixture } from './fixture.js';
import { expectInOrder, Journal } from './journal.js';
import { eventually, message, range, uniqueName } from './records.js';

/** A broker that is stopped, and restarted at an address that is new to its clients. */
export function brokerMoves(adapter: string, open: () => Promise<ConformanceFixture>): void {
  describe(`${adapter}, at another address`, () => {
    const run = conformanceRun(open);

    it('accepts and delivers records again, and a group continues where it was', async ({ skip }) => {
      const { fixture } = run;
      if (!fixture.movable) {
        skip(`${adapter} cannot move`);
        return;
      }
      const moving = await fixture.movable();
      const [publisher, consumer] = [moving.client(), moving.client()];
      try {
        const topic = uniqueName('topic');
        await publisher.ensureTopics([{ topic, partitions: 2 }]);
        const journal = new Journal();
        const handler = async (batch: Parameters<Journal['add']>[0]) => journal.add(batch);
        const subscription = await consumer.subscribe({ group: uniqueName('group'), topics: [topic], handler });
        for (let at = 0; at < 3; at++) {
          if (at > 0) await moving.move();
          for (const n of range(at * 10, at * 10 + 10)) await eventually(() => publisher.publish([message(topic, `key-${n % 3}`, n)]));
          await eventually(() => expect(journal.distinct).toEqual(new Set(range(0, at * 10 + 10))));
          await eventually(() => expect(subscription.connected && subscription.caughtUp()).toBe(true));
        }
        expectInOrder(journal);
      } finally {
        await Promise.all([publisher.close(), consumer.close()]);
        await moving.end();
      }
    });
  });
}
