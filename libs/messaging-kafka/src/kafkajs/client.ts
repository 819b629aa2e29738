import kafkajs, { type Kafka } from 'kafkajs';
import { readZstd } from './codecs.js';
import type { Settings } from './options.js';
import { calmRequestQueues } from './request-queue.js';

const requestTimeoutMs = 5_000;

/**
 * Few attempts in quick succession: the caller retries after a pause, with a new client. Long pauses inside kafkajs would also
 * delay closing.
 */
export const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 4 };

/** A separate client for each consumer: consumers of one client share their knowledge of a group's offsets. */
export function newClient({ brokers, clientId, tls, sasl }: Settings): Kafka {
  calmRequestQueues();
  readZstd();
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ssl: tls,
    sasl,
    requestTimeout: requestTimeoutMs,
    retry,
    // Problems are reported through onProblem.
    logLevel: kafkajs.logLevel.NOTHING,
  });
}
