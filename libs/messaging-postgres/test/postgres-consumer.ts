import { postgresBroker } from '../src/index.js';

// A consumer that a spec stops and continues: prints what it handles, one record at a time, and is slow.
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
