import { openKafka } from '@ftgo/messaging-kafka/open';
import { endWithMessage } from '@ftgo/platform';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { rebuildRestaurants } from './restaurant/restaurant.rebuild.js';

const name = `${service}-rebuild`;

await endWithMessage(name, async () => {
  const { databaseUrl, kafkaBrokers, kafkaClient } = readRebuildConfig();
  const broker = await openKafka({ client: kafkaClient, brokers: kafkaBrokers, clientId: name, warn: (message) => console.warn(message) });
  try {
    const { handled, skipped } = await rebuildRestaurants(databaseUrl, broker);
    console.log(`the restaurants are as their topic tells: ${handled} events${skipped ? `, ${skipped} messages left out` : ''}`);
  } finally {
    await broker.close();
  }
});
