// A relay in a process of its own, to be killed.
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { Relay, type SourceKind } from '../src/index.js';

const [url = '', brokers = '', source = 'wal'] = process.argv.slice(2);
const say = (message: string) => process.stdout.write(`${message}\n`);
const relay = new Relay({
  urls: [url],
  sourceOf: () => source as SourceKind,
  broker: kafkaBroker({ brokers: brokers.split(','), clientId: 'relay-child' }),
  logger: { log: say, warn: say, error: say },
});
relay.start();
