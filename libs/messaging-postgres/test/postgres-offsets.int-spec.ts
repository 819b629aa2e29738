import { eventually, uniqueName } from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OwnBroker, record } from './own-broker.js';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('offsets on PostgreSQL', () => {
  let own: OwnBroker;
  beforeAll(async () => {
    own = await OwnBroker.open();
  });
  afterEach(() => own.closeClients());
  afterAll(() => own.end());

  it('have no gaps, and no reader that has seen one misses a smaller one, with many publishers', async () => {
    const reader = own.client();
    const topics = range(3).map(() => uniqueName('topic'));
    await reader.ensureTopics(topics.map((topic) => ({ topic, partitions: 4 })));
    const positions = new Map<string, number[]>();
    const values: string[] = [];
    await reader.subscribe({
      group: uniqueName('group'),
      topics,
      handler: async ({ topic, partition, records }) => {
        const key = `${topic}/${partition}`;
        positions.set(key, [...(positions.get(key) ?? []), ...records.map(({ position }) => Number(position))]);
        values.push(...records.map(({ value }) => String(value)));
      },
    });
    const publishers = range(6).map(async (publisher) => {
      const broker = own.client();
      for (const round of range(60)) {
        // Each starts elsewhere: if they locked partitions in the order of their records, they would deadlock.
        const records = range(30).map((n) => {
          const topic = topics[(n + publisher) % topics.length] as string;
          return record(topic, `${publisher} ${(n * 7 + publisher) % 30}`, `${publisher} ${round} ${n}`);
        });
        await broker.publish(records);
      }
    });
    await Promise.all(publishers);
    const sent = 6 * 60 * 30;
    await eventually(() => expect(values).toHaveLength(sent));
    expect(new Set(values).size).toBe(sent);
    for (const offsets of positions.values()) expect(offsets).toEqual(range(offsets.length));
  });

  it('are assigned in the order of commits: a publisher that waits for a lock comes after its holder', async () => {
    const broker = own.client();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    const got: string[] = [];
    const subscription = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records.map(({ value, position }) => `${position} ${String(value)}`)),
    });
    await broker.publish([record(topic, 'a', 'first')]);
    await eventually(() => expect(got).toEqual(['0 first']));
    const holder = new Client({ connectionString: own.database.url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM broker.partition p JOIN broker.topic t ON t.id = p.topic_id WHERE t.name = $1 FOR UPDATE OF p', [
      topic,
    ]);
    const waiting = broker.publish([record(topic, 'a', 'second')]);
    const isWaiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await eventually(async () => expect(await own.query(isWaiting)).not.toHaveLength(0));
    expect(subscription.caughtUp()).toBe(true);
    await holder.query('ROLLBACK');
    await holder.end();
    await waiting;
    await eventually(() => expect(got).toEqual(['0 first', '1 second']));
  });

  it('are not assigned to a batch that failed', async () => {
    const broker = own.client();
    const [topic, other] = [uniqueName('topic'), uniqueName('other')];
    await broker.ensureTopics([topic, other].map((name) => ({ topic: name, partitions: 1 })));
    await broker.publish([record(topic, 'a', '1'), record(other, 'a', '1')]);
    await broker.deleteTopics([other]);
    await expect(broker.publish([record(topic, 'a', '2'), record(other, 'a', '2')])).rejects.toMatchObject({ name: 'TopicMissing' });
    await broker.publish([record(topic, 'a', '3')]);
    const written = await own.query<{ record_offset: string; value: Buffer }>(
      'SELECT r.record_offset, r.value FROM broker.record r JOIN broker.topic t ON t.id = r.topic_id WHERE t.name = $1 ORDER BY 1',
      [topic],
    );
    expect(written.map((one) => `${one.record_offset} ${String(one.value)}`)).toEqual(['0 1', '1 3']);
  });
});
