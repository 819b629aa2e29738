// A process that consumes a topic, prints each handled value, and hangs in the middle of a batch once some are committed.
import { diagnostics } from '@ftgo/messaging/broker';
import { type Client, clients } from './clients.js';

const [name = 'native', brokers = '', topic = '', group = ''] = process.argv.slice(2);
const broker = clients[name as Client]({ brokers: brokers.split(','), clientId: 'to-be-killed' });
const never = new Promise<void>(() => undefined);
const committed = Promise.withResolvers<void>();
diagnostics.offsetCommitted.subscribe(() => committed.resolve());
let handled = 0;
await broker.subscribe({
  group,
  topics: [topic],
  maxBatch: 1,
  handler: async ({ records }) => {
    if (handled === 25) {
      await committed.promise;
      process.stdout.write('-1\n');
      await never;
    }
    handled++;
    for (const { value } of records) process.stdout.write(`${String(value)}\n`);
  },
});
