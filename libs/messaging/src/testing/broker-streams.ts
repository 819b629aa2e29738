import { describe, expect, it } from 'vitest';
import { RecordRejected, RecordView } from '../broker/index.js';
import { conformanceRun } from './conformance-run.js';
import type { ConformanceFixture } from './fixture.js';
import { expectInOrder, Journal } from './journal.js';
import { eventually, message, range, textOf } from './records.js';

/** Records that are sent without waiting for each one. */
export function brokerStreams(adapter: string, open: () => Promise<ConformanceFixture>): void {
  describe(`${adapter}, sent a stream`, () => {
    const run = conformanceRun(open);

    it('accepts a stream of records and reports which are stored safely', async () => {
      await run.newTopic();
      const journal = new Journal();
      await run.subscribe(async (batch) => journal.add(batch));
      const progress: number[] = [];
      const pipeline = await run.broker.pipeline({
        acknowledged: (upTo) => progress.push(upTo),
        failed: (error) => expect.unreachable(error.message),
      });
      const view = new RecordView();
      for (const n of range(1, 3001)) {
        pipeline.push(view.set(message(run.topic, `order-${n % 41}`, n, n % 900)), n);
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

    it('accepts a stream to new topics, each record to its own', async () => {
      await run.newTopic(2);
      const topics = range(0, 4).map((n) => `${run.topic}.${n}`);
      await run.broker.ensureTopics(topics.map((name) => ({ topic: name, partitions: 2 })));
      const received: string[] = [];
      await run.subscribe(async (batch) => void received.push(...batch.records.map((record) => `${batch.topic} ${textOf(record)}`)), {
        topics,
      });
      const progress: number[] = [];
      const pipeline = await run.broker.pipeline({
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

    it('ends a stream with the rejected record', async () => {
      await run.newTopic(1);
      const failure = Promise.withResolvers<Error>();
      const pipeline = await run.broker.pipeline({ acknowledged: () => undefined, failed: failure.resolve });
      const view = new RecordView();
      pipeline.push(view.set(message(run.topic, 'a', 1)), 1);
      pipeline.push(view.set(message(run.topic, 'a', 2, 1_200_000)), 2);
      pipeline.flush();
      const error = await failure.promise;
      expect(error).toBeInstanceOf(RecordRejected);
      expect(textOf((error as RecordRejected).record)).toBe('2');
    });
  });
}
