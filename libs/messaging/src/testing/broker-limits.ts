import { describe, expect, it } from 'vitest';
import { BrokerUnavailable, type RecordBatch, RecordRejected } from '../broker/index.js';
import { conformanceRun } from './conformance-run.js';
import type { ConformanceFixture } from './fixture.js';
import { Journal } from './journal.js';
import { eventually, message, uniqueName } from './records.js';

/** Records that are too large, and missing topics. */
export function brokerLimits(adapter: string, open: () => Promise<ConformanceFixture>): void {
  describe(`${adapter}, at its limits`, () => {
    const run = conformanceRun(open);

    it('rejects a record that is too large, with an error that names it, and continues with the others', async () => {
      await run.newTopic(1);
      const journal = new Journal();
      await run.subscribe(async (batch) => journal.add(batch));
      const tooLarge = message(run.topic, 'a', 1, 1_100_000);
      const refusal = await run.broker.publish([tooLarge]).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RecordRejected);
      expect((refusal as RecordRejected).record.value.equals(tooLarge.value)).toBe(true);
      await run.broker.publish([message(run.topic, 'a', 2), message(run.topic, 'a', 3, 900_000)]);
      await eventually(() => expect(journal.distinct).toEqual(new Set([2, 3])));
    });

    it('delivers a record over its subscriber’s limit without its value, and continues', async () => {
      await run.newTopic(1);
      const received: RecordBatch['records'][number][] = [];
      await run.subscribe(async ({ records }) => void received.push(...records), { largestRecordBytes: () => 10_000 });
      await run.broker.publish([message(run.topic, 'a', 1), message(run.topic, 'a', 2, 10_000), message(run.topic, 'a', 3, 9_000)]);
      await eventually(() => expect(received).toHaveLength(3));
      expect(received.map(({ value }) => value && value.length > 0)).toEqual([true, undefined, true]);
      const { key, headers, position, leftInLog } = received[1] as (typeof received)[number];
      expect([String(key), String(headers.get('n'))]).toEqual(['a', '2']);
      expect(run.broker.comparePositions(received[0]?.position as string, position)).toBeLessThan(0);
      expect(leftInLog?.bytes).toBeGreaterThan(10_000);
      expect(leftInLog?.reason).toContain('the limit is 10000');
    });

    it('treats a missing topic as an outage, and continues once it exists', async () => {
      await run.newTopic();
      const later = uniqueName('later');
      expect(await run.broker.missingTopics([run.topic, later])).toEqual([later]);
      const failure = await run.broker.publish([message(later, 'a', 1)]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(BrokerUnavailable);
      expect(failure).toMatchObject({ name: 'TopicMissing', topic: later });
      const journal = new Journal();
      await run.subscribe(async (batch) => journal.add(batch), { topics: [run.topic, later] });
      await run.broker.ensureTopics([{ topic: later, partitions: 2, retentionMs: -1 }]);
      await run.broker.ensureTopics([{ topic: later, partitions: 2, retentionMs: -1 }]);
      await run.broker.publish([message(later, 'a', 2)]);
      await eventually(() => expect(journal.distinct).toEqual(new Set([2])));
    });
  });
}
