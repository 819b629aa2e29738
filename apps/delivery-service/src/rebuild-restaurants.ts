import { endWithMessage } from '@ftgo/platform';
import { consoleLog, openBroker } from '@ftgo/platform/broker';
import { service } from './app.module.js';
import { readRebuildConfig } from './config.js';
import { rebuildRestaurants } from './restaurant/restaurant.rebuild.js';

const name = `${service}-rebuild`;

await endWithMessage(name, async () => {
  const config = readRebuildConfig();
  const broker = await openBroker(config, name, consoleLog);
  try {
    const { handled, skipped } = await rebuildRestaurants(config.databaseUrl, broker);
    console.log(`rebuilt the restaurants from their topic: ${handled} events applied${skipped ? `, ${skipped} skipped` : ''}`);
  } finally {
    await broker.close();
  }
});
