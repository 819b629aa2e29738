// A relay in a process of its own, to be killed.
import { type BrokerAt, openBrokerAt } from '@ftgo/testing';
import { Relay, type SourceKind } from '../src/index.js';

const [url = '', broker = '', source = 'wal'] = process.argv.slice(2);
const say = (message: string) => process.stdout.write(`${message}\n`);
const relay = new Relay({
  urls: [url],
  sourceOf: () => source as SourceKind,
  broker: openBrokerAt(JSON.parse(broker) as BrokerAt, 'relay-child'),
  logger: { log: say, warn: say, error: say },
});
relay.start();
