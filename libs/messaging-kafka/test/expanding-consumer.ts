// A process that consumes batches that are small in Kafka and large when decompressed, and reports its peak memory, in addition
// to the memory after a first record.
import { createTopic, eventually, uniqueName } from '@ftgo/testing';
import { kafkaBroker } from '../src/index.js';
import { writeExpanding } from './expanding-batch.js';

const [brokers = ''] = process.argv.slice(2);
const mib = 1024 * 1024;
const topic = uniqueName('topic');
await createTopic(brokers, topic);
const broker = kafkaBroker({ brokers: brokers.split(','), clientId: 'small' });
let [handled, leftInLog] = [0, 0];
await broker.subscribe({
  group: uniqueName('group'),
  topics: [topic],
  handler: async ({ records }) => {
    for (const record of records) {
      if (record.leftInLog) leftInLog++;
      else handled++;
    }
  },
});
const publish = () => broker.publish([{ topic, key: Buffer.from('a'), value: Buffer.from('x'), headers: [] }]);
await publish();
await eventually(() => {
  if (handled < 1) throw new Error('nothing was handled yet');
});
const before = process.resourceUsage().maxRSS;
for (let i = 0; i < 3; i++) {
  await writeExpanding({ brokers, topic, compression: 'gzip', valueBytes: 250 * mib });
  await writeExpanding({ brokers, topic, compression: 'zstd', valueBytes: 250 * mib });
}
await publish();
await eventually(() => {
  if (handled < 2) throw new Error('it did not continue');
});
const grownMiB = (process.resourceUsage().maxRSS - before) / 1024;
console.log(JSON.stringify({ handled, leftInLog, grownMiB }));
await broker.close();
process.exit(0);
