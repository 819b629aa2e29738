import type { Broker, TopicSpec } from '@ftgo/messaging/broker';

/** Topics that the application needs do not exist, and it does not create them. */
export class TopicsMissing extends Error {
  constructor(topics: readonly string[], remedy: string) {
    super(`these topics do not exist${remedy}:${topics.map((topic) => `\n  ${topic}`).join('')}`);
    this.name = 'TopicsMissing';
    // The message tells the operator what to do; a stack trace would not help.
    this.stack = this.message;
  }
}

/**
 * If topics are declared, no service creates them: throws TopicsMissing with all missing topics, owned and consumed. A broker
 * that does not respond says nothing about topics.
 */
export async function demandDeclared(broker: Broker, owned: readonly TopicSpec[], consumed: readonly string[]): Promise<void> {
  const needed = new Map([
    ...consumed.map((topic) => [topic, topic] as const),
    ...owned.map((spec) => [spec.topic, asDeclared(spec)] as const),
  ]);
  const missing = await broker.missingTopics([...needed.keys()]).catch(() => []);
  if (missing.length === 0) return;
  throw new TopicsMissing(
    missing.map((topic) => needed.get(topic) ?? topic),
    ', and declared topics are not created at startup; create them in the broker',
  );
}

const asDeclared = ({ topic, partitions, retentionMs }: TopicSpec): string =>
  `${topic} (partitions=${partitions}${retentionMs === undefined ? '' : `, retention.ms=${retentionMs}`})`;
