// A relay in a separate process, to be killed.
import { type BrokerAt, openBrokerAt } from '@ftgo/testing';
import { Relay, type SourceKind } from '../src/index.js';

const [url = '', broker = '', source = 'wal'] = process.argv.slice(2);
const print = (message: string) => process.stdout.write(`${message}\n`);
const relay = new Relay({
  urls: [url],
  sourceOf: () => source as SourceKind,
  broker: openBrokerAt(JSON.parse(broker) as BrokerAt, 'relay-child'),
  logger: { log: print, warn: print, error: print },
});
relay.start();
