import kafkajs, { type Kafka } from 'kafkajs';
import { readZstd } from './codecs.js';
import type { Settings } from './options.js';
import { calmRequestQueues } from './request-queue.js';

const requestTimeoutMs = 5_000;

/**
 * Few attempts that follow one another quickly: whoever asked begins anew after a pause, with a new client. Long pauses
 * inside of kafkajs would also hold up closing.
 */
export const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 4 };

/** A client of its own for each consumer: those of one client share what they know of a group's offsets. */
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
    // What goes wrong is told through onTrouble.
    logLevel: kafkajs.logLevel.NOTHING,
  });
}
