import { TopicMissing, type TopicSpec } from '@ftgo/messaging/broker';
import type { Connection } from './connection.js';

/** Topics are identified by their ids: one that is deleted and created again gets a new one. */
export interface Topic {
  readonly id: number;
  readonly partitions: number;
}

const find = { name: 'topics', text: 'SELECT name, id, partitions FROM broker.topic WHERE name = ANY($1::text[])' };

const create = {
  name: 'create topic',
  text: `
WITH created AS (
  INSERT INTO broker.topic (name, partitions, retention_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id, partitions
)
INSERT INTO broker.partition (topic_id, partition) SELECT id, generate_series(0, partitions - 1) FROM created`,
};

const deleteTopic = { name: 'delete topic', text: 'SELECT broker.delete_topic($1)' };

/** Cache of the topics that a client has used. */
export class Topics {
  private readonly known = new Map<string, Topic>();

  /** Throws TopicMissing. */
  async find(names: Iterable<string>, connection: Connection): Promise<ReadonlyMap<string, Topic>> {
    const unknown = [...names].filter((name) => !this.known.has(name));
    if (unknown.length > 0) {
      for (const [name, topic] of await findTopics(connection, unknown)) this.known.set(name, topic);
      const missing = unknown.find((name) => !this.known.has(name));
      if (missing !== undefined) throw new TopicMissing(missing);
    }
    return new Map([...names].map((name) => [name, this.known.get(name) as Topic]));
  }

  /** A topic may have been deleted, and created again. */
  forget(): void {
    this.known.clear();
  }
}

export async function findTopics(connection: Connection, names: readonly string[]): Promise<Map<string, Topic>> {
  const rows = (await connection.query(find, [names])) as [name: string, id: number, partitions: number][];
  return new Map(rows.map(([name, id, partitions]) => [name, { id, partitions }]));
}

export async function ensureTopics(connection: Connection, topics: readonly TopicSpec[]): Promise<void> {
  for (const { topic, partitions, retentionMs } of topics) await connection.query(create, [topic, partitions, retentionMs]);
}

export async function deleteTopics(connection: Connection, topics: readonly string[]): Promise<void> {
  for (const topic of topics) await connection.query(deleteTopic, [topic]);
}
