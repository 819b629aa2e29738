// Gives the users of a secured Kafka their passwords and permissions, once it responds.

import { applyAccess, appUsers } from '@ftgo/runner/kafka-access';
import { waitUntil } from '@ftgo/runner/processes';
import { secrets } from './environment.js';
import { kafkaPasswords } from './secure-secrets.js';

const kafka = { host: 'kafka', port: 9092, caFile: '/run/kafka/ca.pem', passwordOf: kafkaPasswords(secrets) };

async function setUp(): Promise<boolean> {
  try {
    await applyAccess(kafka);
    return true;
  } catch (error) {
    console.log(`waiting for Kafka at ${kafka.host}:${kafka.port} (${(error as Error).message})`);
    return false;
  }
}

if (!(await waitUntil(setUp, { withinMs: 180_000, everyMs: 1_000 })))
  throw new Error(`cannot set up the users of Kafka at ${kafka.host}:${kafka.port}`);
console.log(`set up ${appUsers().length} users of Kafka`);
