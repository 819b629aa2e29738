import type { Broker } from '@ftgo/messaging/broker';
import { eventually } from '@ftgo/testing';
import type { Admin } from '@platformatic/kafka';
import { expect } from 'vitest';
import { kafkaBroker } from '../src/index.js';
import { kafkaJsBroker } from '../src/kafkajs/index.js';

export interface ClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly drainTimeoutMs?: number;
  readonly sessionTimeoutMs?: number;
  readonly onProblem?: (what: string, error: Error) => void;
}

/** The guarantees of both adapters are tested on both. */
export const clients = {
  native: (options: ClientOptions): Broker => kafkaBroker(options),
  kafkajs: (options: ClientOptions): Broker => kafkaJsBroker(options),
};

export type Client = keyof typeof clients;
export const everyClient = Object.keys(clients) as Client[];

/** Resolves when the topic is gone: Kafka acknowledges a deletion before its brokers know it. */
export async function deleteTopic(admin: Admin, topic: string): Promise<void> {
  await admin.deleteTopics({ topics: [topic] });
  await eventually(async () => expect(await admin.listTopics()).not.toContain(topic), { intervalMs: 20 });
}
