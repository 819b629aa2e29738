import { postgresBroker } from '../src/index.js';

// A slow consumer that a spec pauses and continues: it prints what it handles, one record at a time.
const [url, topic, group] = process.argv.slice(2) as [string, string, string];
const broker = postgresBroker({ url, clientId: 'consumer-process', sessionTimeoutMs: 2_000 });
await broker.subscribe({
  group,
  topics: [topic],
  maxBatch: 1,
  handler: async ({ records }) => {
    for (const { value } of records) console.log(String(value));
    await new Promise((resolve) => setTimeout(resolve, 30));
  },
});
