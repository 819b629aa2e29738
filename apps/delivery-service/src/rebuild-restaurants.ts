import { kafkaBroker } from '@ftgo/messaging-kafka';
import { endWithMessage } from '@ftgo/platform';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { rebuildRestaurants } from './restaurant/restaurant.rebuild.js';

const name = `${service}-rebuild`;

await endWithMessage(name, async () => {
  const { databaseUrl, kafkaBrokers } = readRebuildConfig();
  const broker = kafkaBroker({ brokers: kafkaBrokers, clientId: name });
  try {
    const { handled, skipped } = await rebuildRestaurants(databaseUrl, broker);
    console.log(`the restaurants are as their topic tells: ${handled} events${skipped ? `, ${skipped} messages left out` : ''}`);
  } finally {
    await broker.close();
  }
});
