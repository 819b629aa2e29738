import { endWithMessage } from '@ftgo/platform';
import { consoleLog, openBroker } from '@ftgo/platform/broker';
import { readRebuildConfig } from './config.js';
import { rebuildView } from './rebuild/rebuild.js';

await endWithMessage('order-history-rebuild', async () => {
  const config = readRebuildConfig();
  const broker = await openBroker(config, 'order-history-rebuild', consoleLog);
  try {
    const { generation, events, skipped } = await rebuildView({
      databaseUrl: config.databaseUrl,
      broker,
      print: (line) => console.log(line),
    });
    console.log(`view generation ${generation} is now served: ${events} events applied${skipped ? `, ${skipped} skipped` : ''}`);
  } finally {
    await broker.close();
  }
});
