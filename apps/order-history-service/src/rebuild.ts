import { openKafka } from '@ftgo/messaging-kafka/open';
import { endWithMessage } from '@ftgo/platform';
import { readRebuildConfig } from './config.js';
import { rebuildView } from './rebuild/rebuild.js';

await endWithMessage('order-history-rebuild', async () => {
  const { databaseUrl, kafkaBrokers, kafkaClient } = readRebuildConfig();
  const broker = await openKafka({
    client: kafkaClient,
    brokers: kafkaBrokers,
    clientId: 'order-history-rebuild',
    warn: (message) => console.warn(message),
  });
  try {
    const { generation, events, skipped } = await rebuildView({ databaseUrl, broker, print: (line) => console.log(line) });
    console.log(`the view of generation ${generation} is served: ${events} events${skipped ? `, ${skipped} messages left out` : ''}`);
  } finally {
    await broker.close();
  }
});
